// What the scripts beside this share: a verifier of the world that the test has made, and a look at the process.
'use strict';
const { readdirSync, readFileSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const { Verifier } = require('recant');

const { REDIS_URL, REDIS_PID, JWKS_URL, TOKENS } = process.env;
const options = { redisUrl: REDIS_URL, issuer: 'recant', audience: ['api'], jwksUrl: JWKS_URL };
const tokens = JSON.parse(TOKENS ?? '[]');

// For a hang only.
async function until(condition, what) {
  for (const end = Date.now() + 20_000; !condition(); await sleep(5)) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
  }
}

async function ready(more) {
  const verifier = new Verifier({ ...options, ...more });
  await until(() => verifier.ready, 'the verifier is ready');
  return verifier;
}

// The verifiers' threads in this process.
function threads() {
  const names = readdirSync('/proc/self/task').map((id) => {
    try {
      return readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim();
    } catch {
      return 'ended';
    }
  });
  return names.filter((name) => name === 'recant').length;
}

// Redis is there and says nothing, so that checks stay pending for redisTimeout.
const silence = () => process.kill(Number(REDIS_PID), 'SIGSTOP');
const speech = () => process.kill(Number(REDIS_PID), 'SIGCONT');

module.exports = { Verifier, options, tokens, until, ready, threads, silence, speech };
