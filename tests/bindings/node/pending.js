// What becomes of checks that have no answer yet, and who keeps whom: pending.js close | exit | end | idle
'use strict';
const assert = require('node:assert');
const { writeSync } = require('node:fs');
const { setImmediate: turn } = require('node:timers/promises');
const { ready, silence, threads, tokens } = require('./world.js');

const [{ access }] = tokens;
const uncached = { redisTimeout: '10s', cacheEntries: 0 };

async function begin() {
  const verifier = await ready(uncached);
  silence();
  const checks = Array.from({ length: 100 }, () => verifier.check(access));
  return { verifier, checks };
}

const ways = {
  // The event loop goes round while nobody has an answer, and then all are told at once.
  async close() {
    const { verifier, checks } = await begin();
    let answered = 0;
    for (const check of checks) check.then(() => { answered += 1; });
    for (let i = 0; i < 10; i += 1) await turn();
    assert.strictEqual(answered, 0);
    verifier.close();
    assert.strictEqual(threads(), 0);
    for (const { verdict } of await Promise.all(checks)) assert.strictEqual(verdict, 'unavailable');
    assert.strictEqual(verifier.checkCached(access).reason, 'the verifier was closed');
    assert.strictEqual((await verifier.check(access)).verdict, 'unavailable');
    assert.deepStrictEqual([verifier.ready, verifier.whyNotReady], [false, 'the verifier was closed']);
    verifier.close();
    console.log('good');
  },

  // No thread is left when the process begins to take itself down.
  async exit() {
    process.on('exit', () => writeSync(1, threads() === 0 ? 'good\n' : 'a thread is left\n'));
    await begin();
    process.exit(7);
  },

  // One that was never asked keeps nobody.
  async idle() {
    await ready({ log: () => {} });
    process.on('exit', () => writeSync(1, 'good\n'));
  },

  // One that is asked keeps the process until it has answered, and no longer.
  async end() {
    const verifier = await ready({ cacheEntries: 0 });
    verifier.check(access).then(({ verdict }) => console.log(verdict === 'valid' ? 'good' : verdict));
  },
};

ways[process.argv[2]]();
