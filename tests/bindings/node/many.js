// Each of very many at once is told of himself, and the event loop goes round meanwhile.
'use strict';
const assert = require('node:assert');
const { ready, tokens } = require('./world.js');

(async () => {
  const verifier = await ready({ cacheEntries: 0 }); // each check asks Redis
  let turns = 0;
  const round = setInterval(() => { turns += 1; }, 0);
  const checks = Array.from({ length: 20_000 }, (_, i) => tokens[i % tokens.length])
    .map(async ({ access, session }) => assert.strictEqual((await verifier.check(access)).session, session));
  const before = turns;
  await Promise.all(checks);
  assert.ok(turns > before);
  clearInterval(round);
  console.log('good');
})();
