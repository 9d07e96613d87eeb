// Each of very many at once is told of himself.
'use strict';
const assert = require('node:assert');
const { ready, tokens } = require('./world.js');

(async () => {
  const verifier = await ready({ cacheEntries: 0 }); // each check asks Redis
  const checks = Array.from({ length: 20_000 }, (_, i) => tokens[i % tokens.length])
    .map(async ({ access, session }) => assert.strictEqual((await verifier.check(access)).session, session));
  await Promise.all(checks);
  console.log('good');
})();
