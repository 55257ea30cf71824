import { addCosts, type Cost, costOf, type CostFactors } from './cost';
import type { Ledger } from '../plan/ledger';
import type { CostPolicy, TrialCost } from './lineage';
import { stageKinds } from '../plan/stage-kinds';
import type { StageKind } from '../plan/stage';
import type { CostMetric } from './metrics';

/** A point of a run: the cost of all compute up to it, and the AP of its detector at that time. */
export interface CurvePoint {
  /** On one metric, under one policy; rises from point to point. */
  readonly cost: number;
  /** In [0, 1]. */
  readonly AP: number;
  /** The same AP on resampled validation images: replicate b of every point of every run saw the same draw. */
  readonly replicates?: ArrayLike<number>;
}

/** One run (a trial with one seed): its points by rising cost, the last one at the run's end. */
export interface CostCurve {
  readonly seed: number;
  readonly points: readonly CurvePoint[];
}

/** A stage as a curve needs it. */
export interface CurveStage {
  readonly key: string;
  readonly kind: StageKind;
  readonly parents: readonly string[];
  readonly ledger?: Ledger;
}

/** A detector in the course of a training stage, and its score. */
export interface ScoredPoint {
  /** Key of the training stage. */
  readonly training: string;
  /** Steps done, and steps of the whole stage. */
  readonly step: number;
  readonly steps: number;
  /** In [0, 1]. */
  readonly AP: number;
  /** Measured time of the stage up to that step; absent: the step's share of the stage. */
  readonly deviceSeconds?: number;
  readonly wallSeconds?: number;
  readonly replicates?: ArrayLike<number>;
}

/** A point of a trial's curve on every metric; `null` where a part of the cost is not known on that metric. */
export interface TrialCurvePoint {
  readonly training: string;
  readonly step: number;
  readonly AP: number;
  readonly cost: Readonly<Record<CostPolicy, Cost>>;
  readonly replicates?: ArrayLike<number>;
}

/**
 * AP against cumulative cost along a trial's training: everything that a training rests on (initial weights, teacher,
 * pseudo-labels), and the part of its own ledger up to the point. Scoring is charged to nobody.
 *
 * The points are on the chain of trainings that ends with the trial's last one: the teacher's points come before the
 * student's. Where a chain begins, the detector's head is freshly drawn: its AP is taken to be 0, at the cost of what
 * came before. FLOPs are the same at every step, so a point's are its share of the stage's; seconds are as measured at
 * the point; joules and money go with device seconds.
 *
 * @param cost of the trial, with the number of users of each stage (`lineageCosts`)
 * @returns points by rising full cost; empty where no point is scored or a stage before it has no ledger
 */
export function trialCurve(
  scored: readonly ScoredPoint[],
  stages: ReadonlyMap<string, CurveStage>,
  cost: TrialCost,
  factors?: CostFactors,
): TrialCurvePoint[] {
  const users = new Map(cost.stages.map((stage) => [stage.key, stage.users]));
  const ancestors = new Map<string, Set<string>>();
  const ancestorsOf = (key: string): Set<string> => {
    const known = ancestors.get(key);
    if (known !== undefined) return known;
    const found = new Set<string>();
    for (const parent of stages.get(key)?.parents ?? []) {
      found.add(parent);
      for (const each of ancestorsOf(parent)) found.add(each);
    }
    ancestors.set(key, found);
    return found;
  };
  const chain = chainOf([...new Set(scored.map(({ training }) => training))], ancestorsOf);
  const points: TrialCurvePoint[] = [];
  for (const training of chain) {
    const stage = stages.get(training);
    if (stage?.ledger === undefined) return [];
    const before = [...ancestorsOf(training)].map((key) => stages.get(key));
    if (before.some((each) => each?.ledger === undefined)) return [];
    const parts = before.flatMap((each) =>
      stageKinds[each!.kind].isCharged ? [{ ledger: each!.ledger!, users: users.get(each!.key) ?? 1 }] : [],
    );
    const own = scored.filter((point) => point.training === training).sort((a, b) => a.step - b.step);
    const steps = own[0]!.steps;
    const start = { training, step: 0, steps, AP: 0, replicates: zeros(own[0]!.replicates?.length) };
    for (const point of points.length === 0 ? [start, ...own] : own) {
      const part = { ledger: partOf(stage.ledger, point), users: users.get(training) ?? 1 };
      const { step, AP, replicates } = point;
      points.push({ training, step, AP, replicates, cost: costsOf([...parts, part], factors) });
    }
  }
  return points;
}

/** A trial's curve on one metric; `undefined` where the cost of a point is not known on it. */
export function costCurve(
  seed: number,
  points: readonly TrialCurvePoint[],
  metric: CostMetric,
  policy: CostPolicy,
): CostCurve | undefined {
  const list: CurvePoint[] = [];
  for (const { cost, AP, replicates } of points) {
    const amount = cost[policy][metric];
    if (amount === null) return undefined;
    list.push({ cost: amount, AP, replicates });
  }
  return list.length === 0 ? undefined : { seed, points: list };
}

/** The last training (the one with the most others behind it), and those that it rests on, first ones first. */
function chainOf(trainings: readonly string[], ancestorsOf: (key: string) => Set<string>): string[] {
  const behind = (key: string) => trainings.filter((other) => ancestorsOf(key).has(other));
  const rest = [...trainings].sort((a, b) => behind(b).length - behind(a).length);
  const chain: string[] = [];
  for (const key of rest) {
    if (chain.length === 0 || ancestorsOf(chain[0]!).has(key)) chain.unshift(key);
  }
  return chain;
}

function zeros(length: number | undefined): ArrayLike<number> | undefined {
  return length === undefined ? undefined : new Float64Array(length);
}

/** The part of a training stage's ledger up to a point. */
function partOf(ledger: Ledger, point: Omit<ScoredPoint, 'training' | 'AP'>): Ledger {
  const share = point.step / point.steps;
  if (share === 1) return ledger;
  const deviceSeconds =
    point.step === 0
      ? 0
      : Math.min(ledger.deviceSeconds, point.deviceSeconds ?? share * ledger.deviceSeconds);
  const wallSeconds =
    point.step === 0 ? 0 : Math.min(ledger.wallSeconds, point.wallSeconds ?? share * ledger.wallSeconds);
  const timeShare = ledger.deviceSeconds === 0 ? share : deviceSeconds / ledger.deviceSeconds;
  return {
    ...ledger,
    flops: share * ledger.flops,
    deviceSeconds,
    wallSeconds,
    ...(ledger.energy && { energy: { ...ledger.energy, joules: timeShare * ledger.energy.joules } }),
  };
}

function costsOf(
  parts: readonly { ledger: Ledger; users: number }[],
  factors?: CostFactors,
): Record<CostPolicy, Cost> {
  const cost = parts.map(({ ledger, users }) => ({ cost: costOf(ledger, factors), users }));
  const alone = (list: typeof cost) => addCosts(list.map((part) => ({ cost: part.cost })));
  return {
    full: alone(cost),
    amortised: addCosts(cost),
    marginal: alone(cost.filter(({ users }) => users === 1)),
  };
}
