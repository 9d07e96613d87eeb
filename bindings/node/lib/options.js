// What a Verifier is made with, as the pairs of words that recant_options_set() takes.
'use strict';

const isText = (value) => typeof value === 'string' && !value.includes('\0');

// Of each kind: what it takes, and the words of one value.
const text = { takes: 'a string', words: (value) => isText(value) && [value] };
const texts = { takes: 'an array of strings', words: (value) => Array.isArray(value) && value.every(isText) && value };
const flag = { takes: 'true or false', words: (value) => typeof value === 'boolean' && [`${value}`] };
const count = { takes: 'a number', words: (value) => typeof value === 'number' && [`${value}`] };
const duration = {
  takes: 'milliseconds or a string such as "250ms", "30s", "5m", "24h" or "30d"',
  words: (value) => (typeof value === 'number' ? [`${value}ms`] : text.words(value)),
};

const OPTIONS = {
  __proto__: null,
  redisUrl: text,
  redisPrefix: text,
  redisHashTags: flag,
  redisCa: text,
  redisCert: text,
  redisKey: text,
  redisTimeout: duration,
  issuer: text,
  audience: texts,
  jwksUrl: text,
  jwksFile: text,
  algorithms: texts,
  leeway: duration,
  jwksCa: text,
  jwksRefresh: duration,
  jwksMaxAge: duration,
  jwksInTheClear: flag,
  maxStaleness: duration,
  cacheEntries: count,
};

const ISSUER_OPTIONS = {
  __proto__: null,
  name: text,
  iss: text,
  audience: texts,
  algorithms: texts,
  jwksUrl: text,
  jwksFile: text,
  secretFile: text,
  profile: text,
  sidClaim: text,
  maxTtl: duration,
  sharedIds: flag,
};

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

// What is undefined was not given.
function* pairsOf(options, table, prefix, shown) {
  for (const [name, value] of Object.entries(options)) {
    const kind = table[name];
    if (!kind) throw new TypeError(`There is no option ${shown}${name}.`);
    if (value === undefined) continue;
    const words = kind.words(value);
    if (!words) throw new TypeError(`${shown}${name} takes ${kind.takes}.`);
    for (const word of words) yield [prefix + snake(name), word];
  }
}

// [name, value, name, value, …]; "issuer." begins another issuer.
function pairs(options, issuers = []) {
  const all = [...pairsOf(options, OPTIONS, '', '')];
  if (!Array.isArray(issuers)) throw new TypeError('issuers takes an array of objects.');
  issuers.forEach((issuer, index) => {
    if (!isObject(issuer)) throw new TypeError('issuers takes an array of objects.');
    all.push(['issuer.', ''], ...pairsOf(issuer, ISSUER_OPTIONS, 'issuer.', `issuers[${index}].`));
  });
  return all.flat();
}

const camelOf = new Map([...Object.keys(OPTIONS), ...Object.keys(ISSUER_OPTIONS)].map((name) => [snake(name), name]));

// The library's sentence, with the options called as they are here. Paths and names that look alike are left alone.
function translate(sentence) {
  return sentence.replace(/(?<![\w/-])[a-z]+(?:_[a-z]+)+(?![\w/-]|\.\w)/g, (name) => camelOf.get(name) ?? name);
}

module.exports = { isObject, pairs, translate };
