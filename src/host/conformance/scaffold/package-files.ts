import { dependencies, devDependencies } from '../../../../package.json';

const versions: Readonly<Record<string, string>> = { ...dependencies, ...devDependencies };

/** For a plugin's tests and for editors; at run time plugins use the host's. */
const forTests = ['reflect-metadata', 'tsyringe', 'zod', 'vitest'] as const;

/** Files of an npm package of plugins, which other people install and name under `plugins:`. */
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
