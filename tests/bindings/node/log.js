// Lines come to the event loop with their level; what the function throws hurts nobody.
'use strict';
const assert = require('node:assert');
const { Verifier, options, ready, tokens, until } = require('./world.js');

(async () => {
  const lines = [];
  const verifier = await ready({
    log(level, line) {
      lines.push([level, line]);
      throw new Error('as a logger may');
    },
  });
  await until(() => lines.length > 0, 'there is a line');
  assert.ok(lines.some(([level, line]) => level === 'info' && /^Redis .* is there\.$/.test(line)), lines);
  assert.strictEqual((await verifier.check(tokens[0].access)).verdict, 'valid');

  const later = new Verifier({ ...options, log: async () => { throw new Error('as a logger may, later'); } });
  await until(() => later.ready, 'it is there, and its line was told');

  const failing = [];
  const lost = new Verifier({ ...options, redisUrl: 'redis://127.0.0.1:1', log: (level, line) => failing.push([level, line]) });
  await until(() => failing.some(([level, line]) => level === 'warning' && line.includes('127.0.0.1:1')), 'there is a warning');
  assert.ok(lost.whyNotReady !== '');
  console.log('good');
})();
