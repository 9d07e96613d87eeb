// The answer to a check: a value, which stays good when the verifier is gone.
'use strict';
const addon = require('./addon.js');

class Checked {
  #native; // the library's own; undefined where it was not asked

  // `fields` as the addon gives them.
  constructor([verdict, reason, subject = '', session = '', scope = '', clientId = '', issuer = '', expiresAt = 0, native]) {
    this.#native = native;
    this.verdict = verdict;
    this.valid = verdict === 'valid';
    this.reason = reason;
    this.subject = subject;
    this.session = session;
    this.scope = scope;
    this.clientId = clientId;
    this.issuer = issuer;
    this.expiresAt = expiresAt === 0 ? null : new Date(expiresAt * 1000);
    Object.freeze(this);
  }

  hasScope(word) {
    return this.#native !== undefined && typeof word === 'string' && addon.hasScope(this.#native, word);
  }

  hasAudience(name) {
    return this.#native !== undefined && typeof name === 'string' && addon.hasAudience(this.#native, name);
  }
}

module.exports = { Checked };
