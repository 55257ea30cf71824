import { describe, expect, it } from 'vitest';
import { bareBenchmark } from '../../../test/results/bare-benchmark';
import { emptyLedger } from '../../core/plan/ledger';
import type { StageRecord, TrialRecord, TrialStatus } from '../../results/database/records';
import { buildLeaderboard } from './leaderboard';
import { paretoFront } from '../../statistics/bootstrap/pareto-front';
import { ranksOf, spreadOf } from './replicates';
import { flopsUnit, formatShare, formatTime, secondsUnit } from '../../core/text/units';
import type { StageKind } from '../../core/plan/stage';

const stage = (key: string, kind: StageKind, flops: number, ...parents: string[]): StageRecord => ({
  key,
  kind,
  label: key,
  seed: 0,
  parameters: {},
  inputs: Object.fromEntries(parents.map((parent, index) => [String(index), parent])),
  status: 'done',
  attempt: 1,
  ledger: { ...emptyLedger, flops, deviceSeconds: flops * 2 },
});

const trial = (
  strategy: string,
  seed: number,
  AP: number | null,
  keys: string[],
  status: TrialStatus = 'done',
): TrialRecord => ({
  id: `${strategy}-${seed}`,
  axes: { init: 'random', augmentation: 's1', strategy, fraction: 1, length: 1, seed },
  status,
  stageKeys: keys,
  metrics:
    status === 'done' ? ({ stats: { AP, AP50: AP, AP75: null }, perCategory: {} } as never) : undefined,
});

const board = (trials: TrialRecord[], stages: StageRecord[]) =>
  buildLeaderboard(bareBenchmark(trials, stages));

describe('buildLeaderboard', () => {
  const stages = [
    stage('t0', 'train', 10),
    stage('t1', 'train', 14),
    stage('s0', 'train', 20, 't0'),
    stage('d', 'detect', 3, 's0'),
  ];
  const model = board(
    [
      trial('supervised', 1, 0.5, ['t1']),
      trial('supervised', 0, 0.3, ['t0']),
      trial('self-training', 0, 0.45, ['t0', 's0', 'd']),
      trial('other', 0, null, [], 'skipped'),
    ],
    stages,
  );

  it('takes seeds together: mean, range and mean cost', () => {
    const row = model.rows.find(({ axes }) => axes.strategy === 'supervised')!;
    expect(row.scores.AP).toEqual({ mean: 0.4, min: 0.3, max: 0.5, count: 2 });
    expect(row.trials.map(({ record }) => record.axes.seed)).toEqual([0, 1]);
    expect(row.cost!.full.flops).toBe(12);
    expect(row.cost!.amortised.flops).toBe((5 + 14) / 2);
    expect(row.cost!.marginal.flops).toBe(7);
    expect(model.seeds).toBe(2);
  });

  it('ranks by AP and keeps what has none below', () => {
    expect(model.rows.map(({ axes, rank }) => [axes.strategy, rank])).toEqual([
      ['self-training', 1],
      ['supervised', 2],
      ['other', undefined],
    ]);
    expect(model.counts).toMatchObject({ done: 3, skipped: 1, failed: 0 });
  });

  it('says what was spent, what sharing saved, and what scoring took', () => {
    expect(model.spent.flops).toBe(44);
    expect(model.avoidedFlops).toBe(14 + 10 + 30 - 44);
    expect(model.scoring.flops).toBe(3);
  });

  it('lets no trial that is planned no more share costs or be ranked', () => {
    const { rows } = board(
      [trial('a', 0, 0.3, ['t0']), { ...trial('b', 0, 0.9, ['t0']), status: 'stale', evaluateKey: 't0' }],
      stages,
    );
    expect(rows[0]!.cost!.amortised.flops).toBe(10);
    expect(rows[1]).toMatchObject({ status: 'stale', cost: null });
    expect(rows[1]!.rank).toBeUndefined();
  });

  it('divides by all trials of the plan, also by those that wait with an old result', () => {
    const waiting = { ...trial('b', 0, 0.9, ['t0']), status: 'stale' as const, evaluateKey: 'old' };
    expect(board([trial('a', 0, 0.3, ['t0']), waiting], stages).rows[0]!.cost!.amortised.flops).toBe(5);
  });

  it('sets a strategy against its control with the same seed, and shares costs with it', () => {
    const control = { of: [{ strategy: 'self-training', length: 1 }] };
    const own = [...stages, stage('c0', 'train', 20, 't0')];
    const { rows } = board(
      [
        trial('self-training', 0, 0.45, ['t0', 's0']),
        { ...trial('supervised-10+30', 0, 0.4, ['t0', 'c0']), control },
        { ...trial('supervised-10+30', 1, 0.9, ['t1']), control },
      ],
      own,
    );
    const row = rows.find(({ axes }) => axes.strategy === 'self-training')!;
    expect(row.gain).toMatchObject({ control: { strategy: 'supervised-10+30' }, computeRatio: 1 });
    expect(row.gain!.AP!.mean).toBeCloseTo(0.05, 12);
    expect(row.cost!.marginal.flops).toBe(20);
    expect(row.cost!.amortised.flops).toBe(20 + 10 / 2);
    const controlRow = rows.find(({ axes }) => axes.strategy === 'supervised-10+30')!;
    expect(controlRow.control).toEqual(control);
    expect(controlRow.gain).toBeUndefined();
  });

  it('ranks a row whose other seed failed by what there is, and shows that it failed', () => {
    const { rows } = board([trial('a', 0, 0.3, ['t0']), trial('a', 1, null, ['t1'], 'failed')], stages);
    expect(rows[0]).toMatchObject({ rank: 1, status: 'failed' });
  });
});

describe('the small parts', () => {
  it('finds what nothing beats', () => {
    const point = (cost: number, score: number) => ({ cost, score });
    expect(paretoFront([])).toEqual([]);
    expect(
      paretoFront([point(5, 3), point(1, 1), point(2, 1), point(5, 4), point(1, 1), point(9, 4)]),
    ).toEqual([1, 4, 3]);
  });

  it('shares ranks between equals', () => {
    expect(ranksOf([0.3, 0.5, 0.3, 0.1])).toEqual([2, 1, 2, 4]);
  });

  it('makes no mean of some of the seeds', () => {
    expect(spreadOf([0.5, null])).toBeNull();
    expect(spreadOf([])).toBeNull();
  });

  it('shows a column in one unit', () => {
    const unit = flopsUnit([1.5e12, 2.34e11, null]);
    expect([unit.label, unit.format(1.5e12), unit.format(2.34e11), unit.format(null)]).toEqual([
      'TFLOP',
      '1.50',
      '0.23',
      '–',
    ]);
    expect(secondsUnit([90]).format(90)).toBe('90.0');
    expect(secondsUnit([7200]).label).toBe('h');
    expect(secondsUnit([0]).format(0)).toBe('0');
    expect(formatShare(0.005)).toBe('0.5\u202f%');
    expect(formatTime('2026-01-02T03:04:05.000Z')).toBe('2026-01-02 03:04 UTC');
  });
});
