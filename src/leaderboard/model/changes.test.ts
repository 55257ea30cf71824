import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeExampleDataset } from '../../../test/results/example-data';
import { examplePlan, type ExampleOptions } from '../../../test/results/example-plan';
import { playRun } from '../../../test/results/example-run';
import type { BenchmarkResults } from '../../results/database/records';
import { ResultsListener } from '../../results/database/results.listener';
import { ResultsService } from '../../results/database/results.service';
import { changesView } from '../pages/changes-view';
import { changesOf } from './changes';

let root: string;
let before: BenchmarkResults;
let after: BenchmarkResults;

const axes: ExampleOptions['axes'] = {
  init: ['random'],
  strategy: ['supervised', 'self-training'],
  fraction: [1],
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'rethink-changes-'));
  const dataset = await writeExampleDataset(root, 8);
  const results = async (name: string, options: ExampleOptions) => {
    const artifactFolder = (key: string) => join(root, name, key);
    const service = new ResultsService({ file: join(root, name, 'results.sqlite') });
    const listener = new ResultsListener(service, artifactFolder);
    await playRun({ plan: examplePlan(options), listener, artifactFolder, dataset });
    const { benchmarks } = await service.snapshot();
    await service.close();
    return benchmarks[0]!;
  };
  before = await results('before', { axes: { ...axes, augmentation: ['s1'] } });
  after = await results('after', { axes: { ...axes, augmentation: ['s1', 's4'] }, seeds: [0, 1] });
});
afterAll(() => rmSync(root, { recursive: true }));

describe('what changed between two states of a benchmark', () => {
  it('is nothing between a state and itself', () => {
    const changes = changesOf(after, after);
    expect(changes.rows.every(({ kind }) => kind === 'same')).toBe(true);
    expect(changes).toMatchObject({ plugins: [], versions: [], settings: [] });
    expect(changesView(changes, '2026-01-01').rows).toBeUndefined();
  });

  it('has new rows first, and of the others a difference with an interval', () => {
    const { rows } = changesOf(before, after);
    expect(rows.map(({ kind, axes: { augmentation } }) => `${kind} ${augmentation}`)).toEqual([
      'new s4',
      'new s4',
      'changed s1',
      'changed s1',
    ]);
    const changed = rows[2]!;
    expect(changed.seeds).toEqual({ before: 1, after: 2 });
    expect(changed.difference!.low).toBeLessThanOrEqual(changed.difference!.value);
    expect(changed.difference!.value).toBeCloseTo(changed.AP.after! - changed.AP.before!, 12);
    expect(
      changesOf(after, before)
        .rows.slice(0, 2)
        .map(({ kind }) => kind),
    ).toEqual(['gone', 'gone']);
  });

  it('takes a change for real where it leaves the noise, and only there', () => {
    const better: BenchmarkResults = {
      ...after,
      trials: after.trials.map((trial) =>
        trial.axes.augmentation === 's1' && trial.axes.strategy === 'supervised'
          ? { ...trial, metrics: { ...trial.metrics!, stats: { ...trial.metrics!.stats, AP: 0.99 } } }
          : trial,
      ),
    };
    const { rows } = changesOf(after, better);
    expect(rows.filter(({ beyondNoise }) => beyondNoise)).toMatchObject([
      { kind: 'changed', axes: { augmentation: 's1', strategy: 'supervised' } },
    ]);
    const [first] = changesView(changesOf(after, better), 'x').rows!.rows;
    expect(first!.cells[1]).toMatchObject({ text: 'better', className: 'main' });
  });

  it('names plugins, versions and settings', () => {
    const other: BenchmarkResults = {
      ...after,
      plugins: after.plugins
        .filter(({ name }) => name !== 's4')
        .map((plugin) => (plugin.name === 's1' ? { ...plugin, version: '2.0.0' } : plugin)),
      environments: Object.fromEntries(
        Object.entries(after.environments).map(([id, facts]) => [id, { ...facts, engine: 'TensorFlow 3' }]),
      ),
      resolved: { ...(after.resolved as object), splitSeed: 7 },
    };
    expect(changesOf(after, other)).toMatchObject({
      plugins: [
        { kind: 'augmentation', name: 's1', what: 'version 1.0.0 → 2.0.0' },
        { kind: 'augmentation', name: 's4', what: 'gone' },
      ],
      versions: [{ name: 'engine', after: 'TensorFlow 3 (tensorflow)' }],
      settings: ['splitSeed 0 → 7'],
    });
  });
});
