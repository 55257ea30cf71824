import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readBenchmark } from '../benchmark/read';
import { pluginKinds } from '../../contract';
import { writeTrial } from './try-plugin';
import { packageFolder } from '../../core/files/package-folder';

const benchmarks = join(packageFolder, 'benchmarks');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rethink-try-'));
  for (const name of ['RETHINK_BCCD', 'RETHINK_COCO']) vi.stubEnv(name, folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('the benchmark that a plugin is tried on', () => {
  const files = readdirSync(benchmarks).filter((file) => file.endsWith('.yaml'));

  it.each(files)('is made of %s', (name) => {
    const file = join(benchmarks, name);
    const { benchmark } = readBenchmark(file);
    for (const kind of pluginKinds) {
      const entries = [{ use: 'my-idea', options: { a: 1 } }, 'random'];
      const path = writeTrial(folder, { file, benchmark, kind, entries, seeds: 2, control: true });
      const made = readBenchmark(path).benchmark;
      expect(made.axes[kind].map((entry) => entry.name)).toEqual(['my-idea', 'random']);
      for (const other of pluginKinds.filter((each) => each !== kind)) {
        expect(made.axes[other].map((entry) => entry.name)).toEqual([benchmark.axes[other][0]!.name]);
      }
      expect([made.cells, made.claims, made.reference]).toEqual([undefined, [], undefined]);
      expect(made).toMatchObject({ detector: benchmark.detector, schedule: benchmark.schedule });
    }
  });

  it('keeps schedules of the part of the matrix that is left', () => {
    const file = join(benchmarks, 'coco-paper.yaml');
    const { benchmark } = readBenchmark(file);
    const schedules = [
      { where: { augmentation: [benchmark.axes.augmentation[0]!.name, 's4'] }, steps: 7 },
      { where: { init: ['imagenet'] }, steps: 8 },
      { where: { strategy: ['supervised'] }, steps: 9 },
    ];
    const request = {
      file,
      benchmark: { ...benchmark, schedules },
      kind: 'strategy',
      entries: ['my-idea', 'supervised'],
      seeds: 1,
      control: false,
    } as const;
    expect(readBenchmark(writeTrial(folder, request)).benchmark.schedules).toEqual([
      { where: { augmentation: [benchmark.axes.augmentation[0]!.name] }, steps: 7 },
      { where: { strategy: ['supervised'] }, steps: 9 },
    ]);
  });
});
