// node --expose-gc: whoever is forgotten is freed, also with a log that knows him, but not before he has answered.
'use strict';
const assert = require('node:assert');
const { Verifier, options, ready, threads, tokens, until } = require('./world.js');

(async () => {
  const answer = (await ready({ cacheEntries: 0 })).check(tokens[0].access);
  global.gc();
  assert.strictEqual((await answer).verdict, 'valid');

  for (let i = 0; i < 50; i += 1) {
    const verifier = new Verifier({ ...options, log: (level) => verifier.ready && level });
  }
  assert.ok(threads() >= 50);
  await until(() => global.gc() || threads() === 0, 'the verifiers are freed');
  console.log('good');
})();
