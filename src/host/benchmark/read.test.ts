import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RethinkError } from '../../contract';
import { readBenchmark } from './read';
import { benchmarkJsonSchema } from './spec';
import { packageFolder } from '../../core/files/package-folder';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'benchmark-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const whole = `name: small
title: A small one
dataset:
  scenes: { size: 96 }
detector:
  size: 96
  backbone: { type: plain }
schedule: { steps: 10, batch: 4 }
axes:
  init: [random]
  augmentation: [s1]
  strategy: [supervised, { use: self-training, name: st-4, options: { scoreThreshold: 0.4 } }]
  fraction: [0.2, 1]
  seed: [0]
`;

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function failure(text: string, name = 'benchmark.yaml'): RethinkError {
  const file = write(name, text);
  try {
    readBenchmark(file);
  } catch (error) {
    if (error instanceof RethinkError) return error;
    throw error;
  }
  throw new Error('the file is valid');
}

describe('readBenchmark', () => {
  it('fills in the paper’s defaults', () => {
    const { benchmark } = readBenchmark(write('benchmark.yaml', whole));
    expect(benchmark.detector.loss).toMatchObject({ focalAlpha: 0.25, focalGamma: 1.5, boxWeight: 50 });
    expect(benchmark.schedule.optimizer).toMatchObject({ type: 'sgd', momentum: 0.9 });
    expect(benchmark.axes.strategy).toEqual([
      { use: 'supervised', name: 'supervised', options: {} },
      { use: 'self-training', name: 'st-4', options: { scoreThreshold: 0.4 } },
    ]);
  });

  it('overrides the file that it extends: maps are merged, lists replaced', () => {
    write('parent.yaml', whole);
    const { benchmark } = readBenchmark(
      write(
        'child.yaml',
        'extends: parent.yaml\nname: child\nschedule: { steps: 20 }\naxes: { fraction: [0.5] }\n',
      ),
    );
    expect(benchmark).toMatchObject({
      name: 'child',
      title: 'A small one',
      schedule: { steps: 20, batch: 4 },
    });
    expect(benchmark.axes.fraction).toEqual([0.5]);
  });

  it('replaces the seed axis by as many seeds as are asked for', () => {
    expect(readBenchmark(write('benchmark.yaml', whole), 3).benchmark.axes.seed).toEqual([0, 1, 2]);
  });

  it('does not keep settings of another type of backbone', () => {
    write('parent.yaml', whole.replace('type: plain', 'type: plain, channels: [8, 8, 8, 8, 8]'));
    const text = 'extends: parent.yaml\ndetector: { backbone: { type: efficientnet, width: 0.25 } }\n';
    expect(readBenchmark(write('child.yaml', text)).benchmark.detector.backbone).toMatchObject({
      width: 0.25,
    });
  });

  it('reports an unknown key with its location and the nearest known one', () => {
    const error = failure(whole.replace('steps: 10', 'stesp: 10'));
    expect(error).toMatchObject({
      code: 'BENCHMARK_UNKNOWN_KEY',
      message: 'Unknown key "stesp".',
      hint: 'Did you mean "steps"?',
      location: { line: 8, path: 'schedule.stesp' },
    });
  });

  it('suggests the nearest key of the intended alternative', () => {
    const error = failure(whole.replace('type: plain', 'type: efficientnet, widht: 0.5'));
    expect(error).toMatchObject({
      code: 'BENCHMARK_UNKNOWN_KEY',
      hint: 'Did you mean "width"?',
      location: { line: 7 },
    });
  });

  it('reports a mistake in the parent at its location there', () => {
    const parent = write('parent.yaml', whole.replace('fraction: [0.2, 1]', 'fraction: [0.2, 2]'));
    const error = failure('extends: parent.yaml\naxes: { seed: [1] }\n', 'child.yaml');
    expect(error).toMatchObject({
      code: 'BENCHMARK_INVALID',
      location: { file: parent, line: 13, path: 'axes.fraction[1]' },
    });
  });

  it.each([
    ['a missing key', whole.replace('title: A small one\n', ''), 'BENCHMARK_INVALID', '"title" is missing'],
    [
      'a wrong type',
      whole.replace('steps: 10', 'steps: ten'),
      'BENCHMARK_INVALID',
      '"schedule.steps" must be a number.',
    ],
    [
      'a name twice on an axis',
      whole.replace('[random]', '[random, random]'),
      'BENCHMARK_INVALID',
      /duplicate value "random"/,
    ],
    ['an empty axis', whole.replace('[random]', '[]'), 'BENCHMARK_INVALID', '"axes.init" must not be empty.'],
    ['broken YAML', 'name: [', 'BENCHMARK_SYNTAX', /./],
    ['a list', '- 1\n', 'BENCHMARK_SYNTAX', /map of settings/],
    ['an empty file', '', 'BENCHMARK_SYNTAX', /map of settings/],
    ['a file that extends itself', 'extends: benchmark.yaml\n', 'BENCHMARK_EXTENDS', /extends itself/],
    ['a parent that is not there', 'extends: none.yaml\n', 'BENCHMARK_NOT_FOUND', /Cannot read/],
  ])('reports %s', (_, text, code, message) => {
    const error = failure(text);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.location?.file).toBeDefined();
  });

  it('refuses aliases that multiply without limit', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(failure(lines.join('\n')).code).toBe('BENCHMARK_SYNTAX');
  });
});

describe('benchmarks/benchmark.schema.json', () => {
  it('is up to date (npm run schema)', () => {
    const written = readFileSync(join(packageFolder, 'benchmarks', 'benchmark.schema.json'), 'utf8');
    expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(benchmarkJsonSchema())));
  });
});
