// What is wrong with the options is told in the words in which they were written.
'use strict';
const assert = require('node:assert');
const { Verifier, options } = require('./world.js');

function refuses(more, name, message) {
  const given = more && typeof more === 'object' && !Array.isArray(more) ? { ...options, ...more } : more;
  assert.throws(() => new Verifier(given), { name, message });
}

const issuer = { name: 'b', iss: 'b', audience: ['api'], algorithms: ['RS256'], jwksUrl: 'https://b.example/jwks' };

for (const nothing of [undefined, null, 'x', []]) refuses(nothing, 'TypeError', 'A verifier takes an object of options.');

refuses({ redisUrll: 'x' }, 'TypeError', 'There is no option redisUrll.');
refuses({ redis_url: 'x' }, 'TypeError', 'There is no option redis_url.');
refuses({ constructor: 'x' }, 'TypeError', 'There is no option constructor.');
refuses({ redisUrl: 7 }, 'TypeError', 'redisUrl takes a string.');
refuses({ redisUrl: 'redis://a\0b' }, 'TypeError', 'redisUrl takes a string.');
refuses({ audience: 'api' }, 'TypeError', 'audience takes an array of strings.');
refuses({ audience: ['api', 7] }, 'TypeError', 'audience takes an array of strings.');
refuses({ redisHashTags: 'true' }, 'TypeError', 'redisHashTags takes true or false.');
refuses({ cacheEntries: '5' }, 'TypeError', 'cacheEntries takes a number.');
refuses({ leeway: null }, 'TypeError', /^leeway takes milliseconds or a string/);
refuses({ log: 'x' }, 'TypeError', 'log takes a function.');
refuses({ issuers: {} }, 'TypeError', 'issuers takes an array of objects.');
refuses({ issuers: [7] }, 'TypeError', 'issuers takes an array of objects.');
refuses({ issuers: [issuer, { ...issuer, nmae: 'x' }] }, 'TypeError', 'There is no option issuers[1].nmae.');
refuses({ issuers: [{ ...issuer, name: 7 }] }, 'TypeError', 'issuers[0].name takes a string.');

// Nobody's options are those of all objects.
Object.prototype.issuers = [{ ...issuer, nmae: 'x' }];
Object.prototype.log = 'x';
try {
  new Verifier(options).close();
} finally {
  delete Object.prototype.issuers;
  delete Object.prototype.log;
}

// From here on it is the library that refuses.
refuses({ redisTimeout: 5 }, 'RangeError', /^redisTimeout is out of bounds: /);
refuses({ redisTimeout: '1h' }, 'RangeError', /^redisTimeout is out of bounds: /);
refuses({ redisTimeout: 'soon' }, 'RangeError', /^redisTimeout takes a duration/);
refuses({ leeway: 1.5 }, 'RangeError', /^leeway takes a duration/);
refuses({ leeway: NaN }, 'RangeError', /^leeway takes a duration/);
refuses({ cacheEntries: -1 }, 'RangeError', /^cacheEntries takes a whole number/);
refuses({ redisUrl: undefined }, 'RangeError', /redisUrl/);
refuses({ audience: [] }, 'RangeError', /audience/);
refuses({ jwksFile: '/a/jwks_file' }, 'RangeError', /jwksUrl|jwksFile/);
refuses({ jwksUrl: undefined, jwksFile: '/no/jwks_file' }, 'RangeError', /\/no\/jwks_file/);
refuses({ issuers: [{ ...issuer, maxTtl: 'soon' }] }, 'RangeError', /maxTtl takes a duration/);
refuses({ issuers: [issuer, issuer] }, 'RangeError', /./);
refuses({ issuers: [{ ...issuer, name: undefined }] }, 'RangeError', /./);

// All that can be said at once, and all of it is known to the library.
new Verifier({
  ...options, redisPrefix: 'p:', redisHashTags: true, redisTimeout: '100ms', algorithms: ['ES256', 'EdDSA'], leeway: 10_000,
  jwksRefresh: '1m', jwksMaxAge: 3_600_000, jwksInTheClear: false, maxStaleness: 100, cacheEntries: 16, log: undefined,
  issuers: [{ ...issuer, profile: 'jwt', sidClaim: 'sid', maxTtl: '1h', sharedIds: true }],
}).close();
console.log('good');
