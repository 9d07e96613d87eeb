// What src/ was compiled to.
'use strict';

try {
  module.exports = require('../build/recant.node');
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  throw new Error('recant has not been compiled: npm ran no install script (--ignore-scripts, or scripts that are not approved, '
    + 'for which see `npm install-scripts approve recant`). `npm rebuild recant` does it.', { cause: error });
}
