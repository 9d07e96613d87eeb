// node --expose-gc: whoever is forgotten is freed, also with a log that knows him, but not before he has answered.
'use strict';
const assert = require('node:assert');
const { Verifier, options, ready, threads, tokens, until } = require('./world.js');

(async () => {
  const answer = (await ready({ cacheEntries: 0 })).check(tokens[0].access);
  global.gc();
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
