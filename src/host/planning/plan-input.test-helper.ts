import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { Catalog } from '../../core/catalog/catalog';
import { packageFolder, sourceFolder } from '../../core/files/package-folder';
import { benchmarkSpec } from '../benchmark/spec';
import { parseSelection } from '../benchmark/selectors';
import type { PlanInput } from './build-plan';

const contract = JSON.stringify(join(sourceFolder, 'contract'));
const folder = mkdtempSync(join(tmpdir(), 'plugins-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Adds a strategy with the given body of `plan(context)`. */
export function writePlugin(name: string, body: string): void {
  const at = join(folder, 'strategy', name);
  mkdirSync(at, { recursive: true });
  writeFileSync(
    join(at, 'index.ts'),
    `const { z } = require(${JSON.stringify(require.resolve('zod'))});
     import type { StrategyContext } from ${contract};
     export default class Plugin {
       static plugin = { kind: 'strategy', name: '${name}', version: '1.0.0', contract: 1, description: 'x', options: z.strictObject({}) };
       plan(context: StrategyContext) { ${body} }
     }`,
  );
}

/** A small benchmark of two inits and two fractions, with the built-in plugins and those that were written. */
export function planInput(strategies: unknown[], changes: Partial<PlanInput> = {}): PlanInput {
  const benchmark = benchmarkSpec.parse({
    name: 'test',
    title: 'Test',
    dataset: { scenes: {} },
    detector: { size: 96, backbone: { type: 'plain' } },
    schedule: { steps: 10 },
    axes: {
      init: ['random', 'imagenet'],
      augmentation: ['s1'],
      strategy: strategies,
      fraction: [0.2, 1],
      seed: [0],
    },
  });
  const role = (digest: string, size: number, categories: number) => ({ digest, size, categories });
  return {
    file: '/benchmark.yaml',
    benchmark,
    selection: parseSelection([]),
    data: {
      labelled: role('a', 100, 6),
      unlabelled: role('b', 200, 6),
      classification: role('c', 300, 100),
      validation: role('d', 50, 6),
    },
    engine: { backend: 'cpu', version: 'test', precision: 'float32', threads: 1 },
    catalog: new Catalog([join(packageFolder, 'plugins'), folder]),
    logger: { debug: () => {}, info: () => {}, warn: () => {} },
    ...changes,
  };
}
