'use strict';
// Lets Node load the project's TypeScript, and that of plugins, without a build step:
// `node --require ./src/register.cjs file.ts`. Child processes and worker threads inherit it
// through `process.execArgv`. Each stage is a separate process, so compiled code is cached.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');
const { isMainThread, threadId } = require('node:worker_threads');
const { addHook } = require('pirates');

const settings = JSON.parse(readFileSync(join(__dirname, '..', '.swcrc'), 'utf8'));
delete settings.$schema;

const common = join(__dirname, '..', 'node_modules', '.cache', 'rethink-bench', 'compiled');
// Processes that run untrusted plugins write to a separate folder.
const folder = process.env.RETHINK_COMPILED || common;
// Node 22 and later also cache V8's bytecode, of this project and of its dependencies.
Module.enableCompileCache?.(join(folder, 'bytecode'));
const compiler = `${require('@swc/core/package.json').version} ${JSON.stringify(settings)}`;

/** Compiled code, cached by the hash of its inputs: source, file name (source maps), compiler, settings. */
function compile(code, filename) {
  const key = createHash('sha256').update(`${compiler}\n${filename}\n${code}`).digest('hex');
  const file = join(folder, key);
  const cached = read(join(common, key)) ?? (folder === common ? undefined : read(file));
  if (cached !== undefined) return cached;
  const options = { ...settings, swcrc: false, filename, sourceMaps: 'inline' };
  const compiled = isMainThread ? transform(code, options) : transformElsewhere(code, options);
  store(file, compiled);
  return compiled;
}

function transform(code, options) {
  return require('@swc/core').transformSync(code, options).code;
}

/**
 * The compiler's addon does not outlive a thread that loaded it: the next thread that uses it may end the process by
 * SIGSEGV (seen with 1.16.18). So threads compile in a child process.
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
  if (!stdout) throw new Error(`${options.filename} could not be compiled: ${signal ?? stderr}`);
  const { compiled, message } = JSON.parse(stdout);
  if (message !== undefined) throw new SyntaxError(message);
  return compiled;
}

/** Files are renamed when complete, but a disk may lose what was written: the end mark shows that nothing is missing. */
const end = '\n// end';

function read(file) {
  try {
    const text = readFileSync(file, 'utf8');
    return text.endsWith(end) ? text.slice(0, -end.length) : undefined;
  } catch {
    return undefined;
  }
}

function store(file, compiled) {
  const partial = `${file}.${process.pid}-${threadId}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(partial, compiled + end);
    renameSync(partial, file);
  } catch {
    // Without a writable folder, code is compiled again each time.
  }
}

// A plugin's package in node_modules may be TypeScript, as may this package itself.
addHook(compile, { exts: ['.ts'], ignoreNodeModules: false });

/** Packages of which plugins always get the host's copy. */
const shared = {
  'rethink-bench/contract': join(__dirname, 'contract'),
  tsyringe: 'tsyringe',
  '@tensorflow/tfjs': '@tensorflow/tfjs',
};
/** Packages of which plugins get the host's copy if they have none. */
const fallbacks = new Set(['zod', 'reflect-metadata']);

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  if (Object.hasOwn(shared, request)) return resolveFilename.call(this, shared[request], module, ...rest);
  try {
    return resolveFilename.call(this, request, parent, ...rest);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND' || !fallbacks.has(packageName(request))) throw error;
    return resolveFilename.call(this, request, module, ...rest);
  }
};

function packageName(request) {
  return request
    .split('/')
    .slice(0, request.startsWith('@') ? 2 : 1)
    .join('/');
}
