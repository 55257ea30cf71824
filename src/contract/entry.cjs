'use strict';
// `require('rethink-bench/contract')` from a process that is not the host: TypeScript is compiled as it is loaded.
require('../register.cjs');
module.exports = require('.');
