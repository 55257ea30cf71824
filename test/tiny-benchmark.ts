import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { smallBenchmark } from '../src/host/conformance/small-benchmark';
import { type CliResult, repository, rethink } from './cli';

/** A few scenes, a few steps. Its scores mean nothing, but everything in between is real. */
const tiny = {
  name: 'tiny',
  title: 'Tiny',
  dataset: { scenes: { ...smallBenchmark.dataset.scenes, train: 10, otherDetection: undefined } },
  detector: smallBenchmark.detector,
  schedule: { ...smallBenchmark.schedule, steps: 3, logEvery: 1 },
  axes: {
    init: ['random'],
    augmentation: ['s1'],
    strategy: ['supervised', { use: 'self-training', options: { scoreThreshold: 0.01 } }],
    fraction: [1],
    seed: [0],
  },
};

/** A folder of its own with a benchmark file and a workspace; gone when it is disposed of. */
export class TinyBenchmark {
  readonly folder = mkdtempSync(join(tmpdir(), 'rethink-'));
  readonly file = join(this.folder, 'tiny.yaml');

  /** @param changes laid over the tiny benchmark, one level deep in each of its maps */
  constructor(changes: Readonly<Record<string, unknown>> = {}) {
    this.write(changes);
  }

  write(changes: Readonly<Record<string, unknown>> = {}): void {
    const merged: Record<string, unknown> = { ...tiny };
    for (const [key, value] of Object.entries(changes)) {
      const before = merged[key];
      const bothMaps = isMap(before) && isMap(value);
      merged[key] = bothMaps ? { ...before, ...value } : value;
    }
    writeFileSync(this.file, stringify(merged));
  }

  /** Adds `plugins/<kind>/<name>/index.ts`; the source may use `contract` and `zod` as import paths. */
  plugin(kind: string, name: string, source: string): void {
    const folder = join(this.folder, 'plugins', kind, name);
    mkdirSync(folder, { recursive: true });
    const contract = JSON.stringify(join(repository, 'src', 'contract'));
    const zod = JSON.stringify(require.resolve('zod'));
    writeFileSync(
      join(folder, 'index.ts'),
      source.replaceAll("'contract'", contract).replaceAll("'zod'", zod),
    );
  }

  rethink(args: readonly string[], options: Parameters<typeof rethink>[1] = {}): Promise<CliResult> {
    return rethink([...args, '--workspace', join(this.folder, 'workspace')], {
      cwd: this.folder,
      ...options,
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
