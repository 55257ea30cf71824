'use strict';
// Lets Node load the project's TypeScript, and that of plugins, without a build step:
// `node --require ./src/register.cjs file.ts`. Child processes and worker threads inherit it
// through `process.execArgv`.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { addHook } = require('pirates');
const { transformSync } = require('@swc/core');

const settings = JSON.parse(readFileSync(join(__dirname, '..', '.swcrc'), 'utf8'));
delete settings.$schema;
// What a build leaves out, a test may still load.
delete settings.exclude;

addHook(
  (code, filename) => transformSync(code, { ...settings, swcrc: false, filename, sourceMaps: 'inline' }).code,
  { exts: ['.ts'], ignoreNodeModules: true },
);
