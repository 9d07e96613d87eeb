// Judges access tokens in your own process: is this one good, and has nobody taken it back? docs/node.md is the guide.
'use strict';
const addon = require('./lib/addon.js');
const { Checked } = require('./lib/checked.js');
const { isObject, pairs, translate } = require('./lib/options.js');

const LEVELS = ['info', 'warning', 'error'];

// What is said without asking the library. A header that did not come (undefined) is nobody's token.
const NOT_A_TOKEN = new Checked(['invalid', 'not_signed_by_us']);
const CLOSED = new Checked(['unavailable', 'the verifier was closed']);

class Verifier {
  #native; // null: closed
  #log;

  constructor(options) {
    if (!isObject(options)) throw new TypeError('A verifier takes an object of options.');
    // What a polluted Object.prototype holds was given by nobody.
    const { log, issuers, ...others } = { __proto__: null, ...options };
    if (log !== undefined && typeof log !== 'function') throw new TypeError('log takes a function.');
    const made = addon.create(pairs(others, issuers), log && Verifier.#reader(this));
    if (typeof made === 'string') throw new RangeError(translate(made));
    this.#native = made;
    this.#log = log;
  }

  checkCached(token) {
    if (typeof token !== 'string') return NOT_A_TOKEN;
    if (this.#native === null) return CLOSED;
    const known = addon.checkCached(this.#native, token);
    return known && new Checked(known);
  }

  async check(token) {
    return this.checkCached(token) ?? new Checked(await addon.check(this.#native, token));
  }

  get ready() {
    return this.whyNotReady === '';
  }

  get whyNotReady() {
    return this.#native === null ? CLOSED.reason : addon.whyNotReady(this.#native);
  }

  close() {
    if (this.#native !== null) addon.close(this.#native);
    this.#native = null;
  }

  // The addon keeps this function for as long as there is a verifier, which must not keep itself.
  static #reader(verifier) {
    const reference = new WeakRef(verifier);
    return async (level, line) => {
      try {
        await reference.deref()?.#log(LEVELS[level], line); // an async one may fail later
      } catch {} // as the guide says
    };
  }
}

// process.exit() runs none of an addon's own hooks, and takes libraries down beneath the verifiers' threads.
process.once('exit', addon.closeAll);

module.exports = { Verifier };
