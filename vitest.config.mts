import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

const root = import.meta.dirname;

export default defineConfig({
  // The names by which plugins import this package, as package.json exports them.
  resolve: {
    alias: [
      {
        find: /^rethink-bench\/contract\/testing$/,
        replacement: join(root, 'src/host/conformance/testing.ts'),
      },
      { find: /^rethink-bench\/contract$/, replacement: join(root, 'src/contract/index.ts') },
    ],
  },
  // As .swcrc, but modules stay ES modules: vitest links them itself.
  plugins: [
    swc.vite({
      swcrc: false,
      tsconfigFile: false,
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        target: 'es2022',
        keepClassNames: true,
      },
      module: { type: 'es6' },
    }),
  ],
  test: {
    include: ['{src,plugins,test,scripts}/**/*.test.ts'],
    // Each file gets a process of its own: the native addon keeps global state.
    pool: 'forks',
    // By itself vitest leaves a core idle; the longest files mostly wait for processes of their own.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Plugins are loaded by `require`, and child processes and worker threads inherit these arguments.
    execArgv: ['--require', './src/register.cjs'],
    setupFiles: ['./test/setup.ts'],
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
  },
});
