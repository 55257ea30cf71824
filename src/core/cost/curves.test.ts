import { describe, expect, it } from 'vitest';
import { costCurve, type CurveStage, type ScoredPoint, trialCurve } from './curves';
import { emptyLedger } from '../plan/ledger';
import { lineageCosts } from './lineage';
import type { StageKind } from '../plan/stage';

const stage = (key: string, kind: StageKind, flops: number, ...parents: string[]): CurveStage => ({
  key,
  kind,
  parents,
  ledger: { ...emptyLedger, flops, deviceSeconds: flops / 10, wallSeconds: flops / 5 },
});
const stages = [
  stage('pre-train', 'train', 100),
  stage('teacher', 'train', 40, 'pre-train'),
  stage('labels', 'pseudo-label', 10, 'teacher'),
  stage('student', 'train', 60, 'teacher', 'labels'),
  stage('detect', 'detect', 5, 'student'),
];
const byKey = new Map(stages.map((each) => [each.key, each]));
const costs = lineageCosts(stages, [
  { id: 'supervised', stageKeys: ['teacher'] },
  { id: 'self-training', stageKeys: ['detect'] },
]);
const point = (training: string, step: number, AP: number, rest: Partial<ScoredPoint> = {}): ScoredPoint => ({
  training,
  step,
  steps: 4,
  AP,
  ...rest,
});
const scored = [
  point('student', 2, 0.3),
  point('student', 4, 0.4),
  point('teacher', 2, 0.1, { deviceSeconds: 3, wallSeconds: 5 }),
  point('teacher', 4, 0.25),
];

describe('trialCurve', () => {
  const curve = trialCurve(scored, byKey, costs.get('self-training')!);

  it('adds what a training rests on to the part of its own ledger', () => {
    expect(curve.map(({ training, step, AP, cost }) => [training, step, AP, cost.full.flops])).toEqual([
      ['teacher', 0, 0, 100],
      ['teacher', 2, 0.1, 120],
      ['teacher', 4, 0.25, 140],
      ['student', 2, 0.3, 180],
      ['student', 4, 0.4, 210],
    ]);
  });

  it('ends at the cost of the trial under every policy, scoring left out', () => {
    const { full, amortised, marginal } = costs.get('self-training')!;
    expect(curve.at(-1)!.cost).toEqual({ full, amortised, marginal });
  });

  it('divides shared stages, or leaves them out', () => {
    expect(curve.map(({ cost }) => cost.amortised.flops)).toEqual([50, 60, 70, 110, 140]);
    expect(curve.map(({ cost }) => cost.marginal.flops)).toEqual([0, 0, 0, 40, 70]);
  });

  it('takes measured seconds where there are some, else the share of the steps', () => {
    expect(curve.map(({ cost }) => cost.full.deviceSeconds)).toEqual([10, 13, 14, 18, 21]);
    expect(curve[1]!.cost.full.wallSeconds).toBe(25);
  });

  it('is empty where something before it was not measured', () => {
    const unknown = new Map(byKey).set('labels', { ...stages[2]!, ledger: undefined });
    expect(trialCurve(scored, unknown, costs.get('self-training')!)).toEqual([]);
    expect(trialCurve([], byKey, costs.get('self-training')!)).toEqual([]);
  });

  it('charges both of two teachers to their student, and follows one of them', () => {
    const two = [
      stage('t1', 'train', 10),
      stage('t2', 'train', 20),
      stage('l1', 'pseudo-label', 1, 't1'),
      stage('l2', 'pseudo-label', 2, 't2'),
      stage('s', 'train', 40, 'l1', 'l2'),
    ];
    const cost = lineageCosts(two, [{ id: 'x', stageKeys: ['s'] }]).get('x')!;
    const points = ['t1', 't2', 's'].map((key) => point(key, 4, 0.1));
    const found = trialCurve(points, new Map(two.map((each) => [each.key, each])), cost);
    expect(found.map(({ training }) => training)).toEqual(['t1', 't1', 's']);
    expect(found.map((each) => each.cost.full.flops)).toEqual([0, 10, 73]);
  });
});

describe('costCurve', () => {
  const points = trialCurve(scored, byKey, costs.get('self-training')!);

  it('is none on a metric that a part was not measured on', () => {
    expect(costCurve(3, points, 'energyJ', 'full')).toBeUndefined();
    expect(costCurve(3, [], 'flops', 'full')).toBeUndefined();
    expect(costCurve(3, points, 'flops', 'full')).toMatchObject({ seed: 3, points: { length: 5 } });
  });
});
