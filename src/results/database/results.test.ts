import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeExampleDataset } from '../../../test/results/example-data';
import { examplePlan, type ExampleOptions } from '../../../test/results/example-plan';
import { onPostgres, removeTestDatabases, testDatabase } from '../../../test/results/test-database';
import { type ExampleRun, playRun } from '../../../test/results/example-run';
import type { PlannedTrial } from '../../core/plan/plan';
import { openResultsDatabase, type ResultsDatabaseOptions } from './database';
import { migrations } from './migrations';
import type { BenchmarkResults, TrialStatus } from './records';
import { ResultsListener } from './results.listener';
import { ResultsService } from './results.service';

let folder: string;
let dataset: ExampleRun['dataset'];
let service: ResultsService;
let database: ResultsDatabaseOptions;
const artifactFolder = (key: string) => join(folder, 'artifacts', key);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rethink-results-'));
  dataset = await writeExampleDataset(folder, 6);
  database = await testDatabase(folder);
  service = new ResultsService(database);
});
afterEach(async () => {
  await service.close();
  await removeTestDatabases();
  rmSync(folder, { recursive: true });
});

const play = (options: ExampleOptions = {}, more: Partial<ExampleRun> = {}, to = service) => {
  const listener = new ResultsListener(to, artifactFolder);
  return playRun({ plan: examplePlan(options), listener, artifactFolder, dataset, ...more });
};
const read = async (from = service): Promise<BenchmarkResults> => (await from.snapshot()).benchmarks[0]!;
const counts = ({ trials }: BenchmarkResults) =>
  trials.reduce<Partial<Record<TrialStatus, number>>>(
    (sum, { status }) => ({ ...sum, [status]: (sum[status] ?? 0) + 1 }),
    {},
  );

describe('a run', () => {
  it('leaves every cell with its status, its scores, its cost and what ran it', async () => {
    await play();
    const results = await read();
    expect(counts(results)).toEqual({ done: 16, skipped: 8 });
    expect(results.trials.map((trial) => trial.id).slice(0, 2)).toEqual([
      'init=random,augmentation=s1,strategy=supervised,fraction=0.5,seed=0',
      'init=random,augmentation=s1,strategy=self-training,fraction=0.5,seed=0',
    ]);
    const [first] = results.trials;
    expect(first!.metrics!.stats.AP).toBeGreaterThan(0);
    expect(Object.keys(first!.metrics!.perCategory)).toEqual(['1', '2', '3']);
    const skipped = results.trials.find((trial) => trial.status === 'skipped');
    expect(skipped).toMatchObject({ code: 'PLUGIN_NO_CLASS', axes: { init: 'broken' } });
    const teacher = results.stages.find((stage) => stage.key === first!.stageKeys[0]);
    expect(teacher).toMatchObject({
      kind: 'train',
      status: 'done',
      attempt: 1,
      imageCounts: { labelled: 40 },
      ledger: { flops: 4e12 },
    });
    expect(results.environments[teacher!.environmentId!]).toMatchObject({ engine: 'TensorFlow 2.21.0' });
    expect(results.runs).toMatchObject([{ slots: 2, trials: 24, cancelled: false }]);
    expect(results.plugins.filter((plugin) => plugin.status === 'broken')).toHaveLength(1);
    expect(results.datasets[dataset.location.digest]).toEqual(dataset.location);
  });

  it('knows every cell from the start, and what was under way when it was killed', async () => {
    await play({}, { stopAfter: 0 });
    const results = await read();
    // The stage under way is the one teacher that supervised and self-training share.
    expect(counts(results)).toEqual({ running: 2, planned: 14, skipped: 8 });
    expect(results.runs[0]!.endedAt).toBeUndefined();
    await play();
    expect(counts(await read())).toEqual({ done: 16, skipped: 8 });
  });

  it('goes on where it was, without forgetting what it reused', async () => {
    await play({}, { stopAfter: 20 });
    const reused = (await read()).stages.filter((stage) => stage.status === 'done').map((stage) => stage.key);
    expect(reused).toHaveLength(20);
    await play({}, { reused });
    const results = await read();
    expect(counts(results)).toEqual({ done: 16, skipped: 8 });
    expect(results.stages.every((stage) => stage.ledger !== undefined)).toBe(true);
    expect(results.runs).toHaveLength(2);
  });

  it('changes nothing but the list of runs where there was nothing to do', async () => {
    await play();
    const before = await read();
    const reused = before.stages.map((stage) => stage.key);
    for (let again = 0; again < 3; again++) await play({}, { reused });
    const after = await read();
    expect({ ...after, runs: [], updatedAt: '' }).toEqual({ ...before, runs: [], updatedAt: '' });
    expect(after.runs).toHaveLength(4);
    // An artifact that was lost is seen all the same.
    await play({}, { reused: reused.slice(1), stopAfter: 0 });
    expect((await read()).stages.filter((stage) => stage.status !== 'done')).toHaveLength(1);
  });

  it('fails the trials of a failed stage and no others, with reason and log; a retry mends them', async () => {
    const isTeacher = (stage: { label: string; inputs: object }) =>
      stage.label === 'teacher' && Object.keys(stage.inputs).length === 0;
    const plan = examplePlan();
    const broken = plan.stages.find(isTeacher)!;
    await play({}, { fails: (stage) => stage.key === broken.key });
    const failed = (await read()).trials.filter((trial) => trial.status === 'failed');
    expect(failed.map((trial) => trial.axes.strategy)).toEqual(['supervised', 'self-training']);
    expect(failed[0]).toMatchObject({
      code: 'LOSS_NAN',
      reason: 'teacher failed (diverged): the loss is NaN at step 120',
      logFile: `logs/${broken.key.slice(0, 8)}.log`,
    });
    expect(failed[1]!.reason).toBe(failed[0]!.reason);
    await play();
    expect(counts(await read())).toEqual({ done: 16, skipped: 8 });
  });

  it('counts a stage that was stopped from outside as planned, not as failed', async () => {
    const listener = new ResultsListener(service, artifactFolder);
    const plan = examplePlan();
    await play({}, { stopAfter: 0 });
    const failure = { kind: 'cancelled', code: 'CANCELLED', message: 'stopped', logFile: 'a.log' } as const;
    await listener.stageFailed({
      stage: plan.stages[0]!,
      failure: { ...failure, startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:00:01Z', seconds: 1 },
    });
    const results = await read();
    expect(counts(results)).toEqual({ planned: 16, skipped: 8 });
    expect(results.trials[0]).toMatchObject({ reason: 'teacher was stopped', logFile: 'a.log' });
  });

  it('recovers from artifacts what a lost database knew', async () => {
    await play();
    const before = await read();
    const other = new ResultsService(await testDatabase(folder, 'other'));
    await play({}, { reused: examplePlan().stages.map((stage) => stage.key) }, other);
    const after = await read(other);
    await other.close();
    const withoutAttempt = (results: BenchmarkResults) =>
      results.stages.map(({ attempt: _, ...stage }) => stage);
    expect(after.trials).toEqual(before.trials);
    expect(withoutAttempt(after)).toEqual(withoutAttempt(before));
  });
});

describe('a benchmark that changes', () => {
  it('keeps old results as stale, with what changed, until there are new ones', async () => {
    await play();
    const old = (await read()).trials[0]!;
    await play({ steps: 600 }, { stopAfter: 0 });
    const stale = (await read()).trials.find((trial) => trial.axes.augmentation === 's4')!;
    expect(stale).toMatchObject({
      status: 'stale',
      code: 'STALE',
      reason: 'changed since: teacher: schedule.steps 300 → 600',
    });
    expect(stale.metrics).toBeDefined();
    await play({ steps: 600 });
    const fresh = await read();
    expect(counts(fresh)).toEqual({ done: 16, skipped: 8 });
    expect(fresh.trials[0]!.evaluateKey).not.toBe(old.evaluateKey);
    expect(fresh.trials[0]!.reason).toBeUndefined();
  });

  it('sees that cells outside the selection are out of date too', async () => {
    await play();
    await play({ steps: 600, only: (axes) => axes.init === 'random' && axes.augmentation === 's1' });
    const results = await read();
    expect(counts(results)).toEqual({ done: 4, stale: 12, skipped: 8 });
    expect(results.trials.find((trial) => trial.status === 'stale')!.reason).toBe(
      'changed since: schedule.steps 300 → 600',
    );
    await play({});
    expect(counts(await read())).toEqual({ done: 16, skipped: 8 });
  });

  it('keeps cells outside a selection where nothing has changed', async () => {
    await play();
    await play({ only: (axes) => axes.init === 'random' });
    expect(counts(await read())).toEqual({ done: 16, skipped: 8 });
  });

  it('keeps results of values that left an axis, as stale', async () => {
    await play({ seeds: [0, 1] });
    await play({ seeds: [0] }, { reused: examplePlan({ seeds: [0] }).stages.map((stage) => stage.key) });
    const results = await read();
    expect(counts(results)).toEqual({ done: 16, stale: 16, skipped: 8 });
    expect(results.trials.at(-1)).toMatchObject({
      status: 'stale',
      reason: 'no longer in the benchmark: seed 1',
    });
  });

  it('keeps several benchmarks apart, the newest first', async () => {
    await play({ name: 'first' });
    await play({ name: 'second' });
    const { benchmarks } = await service.snapshot();
    expect(benchmarks.map((benchmark) => benchmark.name)).toEqual(['second', 'first']);
    expect((await service.snapshot('first')).benchmarks).toHaveLength(1);
  });
});

describe('an older database', () => {
  it('keeps what it knows, and learns what later plans say', async () => {
    await play();
    const before = await read();
    await service.close();
    // As it was before the columns of later migrations came.
    const source = await openResultsDatabase(database);
    for (const _ of migrations.slice(1)) await source.undoLastMigration();
    await source.destroy();
    const scores = ({ trials }: BenchmarkResults) => trials.map(({ id, metrics }) => [id, metrics?.stats]);
    expect(scores(await read())).toEqual(scores(before));

    const plan = examplePlan();
    const [first, second] = plan.trials as [PlannedTrial, PlannedTrial];
    const point = { training: first.stageKeys[0]!, step: 300, steps: 300 };
    const { detectKey, evaluateKey } = first as Required<PlannedTrial>;
    const control = { of: [{ strategy: 'self-training', length: 1 }] };
    const trials = [
      { ...first, control },
      { ...second, checkpoints: [{ ...point, detectKey, evaluateKey }] },
    ];
    await play({}, { plan: { ...plan, trials: [...trials, ...plan.trials.slice(2)] } });
    const after = await read();
    expect(after.trials.find(({ id }) => id === first.id)!.control).toEqual(control);
    const { checkpoints } = after.trials.find(({ id }) => id === second.id)!;
    expect(checkpoints).toMatchObject([{ ...point, stats: before.trials[0]!.metrics!.stats }]);
  });
});

describe.skipIf(onPostgres)('a bad SQLite file', () => {
  const failing = async (file: string, code: string) => {
    const bad = new ResultsService({ file, busyTimeoutMs: 100 });
    await expect(bad.snapshot()).rejects.toMatchObject({ name: 'RethinkError', code, location: { file } });
    await bad.close().catch(() => undefined);
  };

  it('is no database', async () => {
    const file = join(folder, 'bad.sqlite');
    writeFileSync(file, 'not a database at all, but long enough to look like a header of one');
    await failing(file, 'RESULTS_CORRUPT');
  });

  it('was written by a newer version', async () => {
    await service.snapshot();
    const raw = openRaw(join(folder, 'results.sqlite'));
    raw.exec("INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'Future9999999999999')");
    raw.close();
    await failing(join(folder, 'results.sqlite'), 'RESULTS_NEWER');
  });

  it('is being written to by somebody else', async () => {
    await service.snapshot();
    const raw = openRaw(join(folder, 'results.sqlite'));
    raw.exec('BEGIN IMMEDIATE');
    await expect(play()).rejects.toMatchObject({ name: 'RethinkError', code: 'RESULTS_BUSY' });
    raw.exec('ROLLBACK');
    raw.close();
    await play();
    expect(counts(await read())).toEqual({ done: 16, skipped: 8 });
  });

  it('lies where a file is in the way', async () => {
    writeFileSync(join(folder, 'file'), '');
    await failing(join(folder, 'file', 'results.sqlite'), 'RESULTS_NOT_WRITABLE');
  });
});

it('is not half written when a write fails', async () => {
  await play();
  const before = await read();
  const plan = examplePlan();
  const unknown = { ...plan.stages[0]!, key: 'f'.repeat(64) };
  await expect(service.blockStage(unknown)).rejects.toThrow(/no recorded plan/);
  expect(await read()).toEqual(before);
});

it('gives an overview that agrees with all that is known', async () => {
  const isTeacher = (stage: { label: string }) => stage.label === 'teacher';
  await play({}, { fails: (stage) => isTeacher(stage) && stage.key === examplePlan().stages[0]!.key });
  await play({ steps: 600 }, { stopAfter: 3 });
  const whole = await read();
  const [overview] = await service.overview();
  expect(overview!.trials).toEqual(
    whole.trials.map(({ id, axes, status, code, reason, logFile, metrics, control }) => ({
      ...{ id, axes, status, code, reason, logFile },
      ...(control && { control }),
      ...(metrics && { metrics: { stats: metrics.stats } }),
    })),
  );
  expect(overview!.trials.some(({ metrics }) => metrics !== undefined)).toBe(true);
  const done = whole.stages.filter(({ ledger }) => ledger !== undefined);
  expect(await service.ledgers(done.map(({ key }) => key))).toHaveLength(done.length);
  expect(await service.overview('unknown')).toEqual([]);
});

it('keeps what no text column holds', async () => {
  const plan = examplePlan();
  await play({}, { plan: { ...plan, benchmark: { ...plan.benchmark, title: 'cut\0off' } } });
  expect((await read()).title).toBe('cut\uFFFDoff');
});

describe('a server that', () => {
  it('is not there', async () => {
    const bad = new ResultsService({ url: 'postgres://somebody:secret@127.0.0.1:9/results' });
    await expect(bad.snapshot()).rejects.toMatchObject({
      code: 'RESULTS_UNREACHABLE',
      location: { file: 'postgres://somebody@127.0.0.1:9/results' },
    });
  });

  it.runIf(onPostgres)('has no such database', async () => {
    const { url } = database as { url: string };
    const bad = new ResultsService({ url: `${url}_not` });
    await expect(bad.snapshot()).rejects.toMatchObject({ code: 'RESULTS_DENIED' });
  });
});

function openRaw(file: string): { exec(sql: string): void; close(): void } {
  const Database = createRequire(__filename)('libsql') as new (file: string) => {
    exec(sql: string): void;
    close(): void;
  };
  return new Database(file);
}
