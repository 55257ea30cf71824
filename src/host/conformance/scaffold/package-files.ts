import { dependencies, devDependencies } from '../../../../package.json';

const versions: Readonly<Record<string, string>> = { ...dependencies, ...devDependencies };

/** What a plugin's tests and an editor need; at run time the host brings its own. */
const forTests = ['reflect-metadata', 'tsyringe', 'zod', 'vitest'] as const;

/** What makes a folder of plugins an npm package: other people install it and name it under `plugins:`. */
export function packageFiles(name: string, rethinkVersion: string): Record<string, string> {
  const manifest = {
    name: `rethink-plugin-${name.replaceAll('+', 'plus')}`,
    version: '0.1.0',
    description: 'Plugins for Rethink Bench',
    keywords: ['rethink-bench', 'rethink-plugin'],
    type: 'commonjs',
    rethink: { plugins: '.' },
    files: ['init', 'augmentation', 'strategy'],
    scripts: { check: 'rethink plugin check .', test: 'vitest run' },
    peerDependencies: { 'rethink-bench': `^${rethinkVersion}` },
    devDependencies: Object.fromEntries(forTests.map((dependency) => [dependency, versions[dependency]])),
  };
  return {
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'tsconfig.json': `${JSON.stringify(
      {
        compilerOptions: {
          target: 'ES2022',
          module: 'nodenext',
          strict: true,
          experimentalDecorators: true,
          skipLibCheck: true,
          noEmit: true,
        },
        include: ['init', 'augmentation', 'strategy'],
      },
      null,
      2,
    )}\n`,
  };
}
