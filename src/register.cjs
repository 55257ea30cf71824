'use strict';
// Lets Node load the project's TypeScript, and that of plugins, without a build step:
// `node --require ./src/register.cjs file.ts`. Child processes and worker threads inherit it
// through `process.execArgv`. Every stage is a process of its own, so what was compiled is kept.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');
const { isMainThread, threadId } = require('node:worker_threads');
const { addHook } = require('pirates');

const settings = JSON.parse(readFileSync(join(__dirname, '..', '.swcrc'), 'utf8'));
delete settings.$schema;
// What a build leaves out, a test may still load.
delete settings.exclude;

const common = join(__dirname, '..', 'node_modules', '.cache', 'rethink-bench', 'compiled');
// Processes that run plugins' code before anybody has looked at it write to a folder of their own.
const folder = process.env.RETHINK_COMPILED || common;
// Node 22 and later also cache V8's bytecode, of this project and of its dependencies.
Module.enableCompileCache?.(join(folder, 'bytecode'));
const compiler = `${require('@swc/core/package.json').version} ${JSON.stringify(settings)}`;

/** Compiled code by the hash of all that it follows from: source, file name (source maps), compiler, settings. */
function compile(code, filename) {
  const key = createHash('sha256').update(`${compiler}\n${filename}\n${code}`).digest('hex');
  const file = join(folder, key);
  const kept = read(join(common, key)) ?? (folder === common ? undefined : read(file));
  if (kept !== undefined) return kept;
  const options = { ...settings, swcrc: false, filename, sourceMaps: 'inline' };
  const compiled = isMainThread ? transform(code, options) : transformElsewhere(code, options);
  keep(file, compiled);
  return compiled;
}

function transform(code, options) {
  return require('@swc/core').transformSync(code, options).code;
}

/**
 * The compiler's addon does not outlive a thread that loaded it: the next thread that uses it may end the process by
 * SIGSEGV (seen with 1.16.18). So a thread has a process of its own do it, for what nobody compiled before.
 */
function transformElsewhere(code, options) {
  const program = `
    const { code, options } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
    try {
      const compiled = require(${JSON.stringify(require.resolve('@swc/core'))}).transformSync(code, options).code;
      process.stdout.write(JSON.stringify({ compiled }));
    } catch (error) {
      process.stdout.write(JSON.stringify({ message: error.message }));
    }`;
  const { stdout, stderr, error, signal } = spawnSync(process.execPath, ['-e', program], {
    input: JSON.stringify({ code, options }),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (error) throw error;
  if (!stdout) throw new Error(`${options.filename} was not compiled: ${signal ?? stderr}`);
  const { compiled, message } = JSON.parse(stdout);
  if (message !== undefined) throw new SyntaxError(message);
  return compiled;
}

/** A cut-off file never bears the name, but a disk may lose what was written: the end tells. */
const end = '\n// end';

function read(file) {
  try {
    const text = readFileSync(file, 'utf8');
    return text.endsWith(end) ? text.slice(0, -end.length) : undefined;
  } catch {
    return undefined;
  }
}

function keep(file, compiled) {
  const partial = `${file}.${process.pid}-${threadId}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(partial, compiled + end);
    renameSync(partial, file);
  } catch {
    // A folder that can't be written costs time, nothing else.
  }
}

// A plugin's package may lie in node_modules and be TypeScript all the same, as this package itself may be.
addHook(compile, { exts: ['.ts'], ignoreNodeModules: false });

/** What plugins import by name and must be the host's own copy, wherever the plugin lies. */
const own = {
  'rethink-bench/contract': join(__dirname, 'contract'),
  tsyringe: 'tsyringe',
  '@tensorflow/tfjs': '@tensorflow/tfjs',
};
/** What the host lends to plugins whose folder has no copy. */
const lent = new Set(['zod', 'reflect-metadata']);

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  if (Object.hasOwn(own, request)) return resolveFilename.call(this, own[request], module, ...rest);
  try {
    return resolveFilename.call(this, request, parent, ...rest);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND' || !lent.has(packageName(request))) throw error;
    return resolveFilename.call(this, request, module, ...rest);
  }
};

function packageName(request) {
  return request
    .split('/')
    .slice(0, request.startsWith('@') ? 2 : 1)
    .join('/');
}
