// node --expose-gc: whoever is forgotten is freed, also with a log that knows him, but not before he has answered.
'use strict';
const assert = require('node:assert');
const { setImmediate: turn } = require('node:timers/promises');
const { Verifier, options, ready, silence, speech, threads, tokens, until } = require('./world.js');

async function ask() {
  const verifier = await ready({ redisTimeout: '10s', cacheEntries: 0 });
  silence();
  return [verifier.check(tokens[0].access)];
}

(async () => {
  const [answer] = await ask();
  for (let i = 0; i < 10; i += 1) {
    global.gc();
    await turn();
  }
  speech();
  assert.strictEqual((await answer).verdict, 'valid');

  let made = Array.from({ length: 50 }, () => {
    const verifier = new Verifier({ ...options, log: (level) => verifier.ready && level });
    return verifier;
  });
  await until(() => threads() >= made.length, 'their threads are there');
  made = null;
  await until(() => global.gc() || threads() === 0, 'the verifiers are freed');
  console.log('good');
})();
