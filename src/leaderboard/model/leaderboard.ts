import { groups } from 'd3-array';
import { cellId, type TrialAxes } from '../../core/plan/axes';
import type { PlannedControl } from '../../core/plan/plan';
import { addCosts, type Cost, type CostFactors } from '../../core/cost/cost';
import { defaultFactors } from '../../core/cost/factors';
import { costPolicies, type CostPolicy, lineageCosts, type TrialCost } from '../../core/cost/lineage';
import { type OrderCheck, orderChecks } from '../../statistics/cost/order';
import type { Stats } from '../../evaluation/summarise';
import type { BenchmarkResults, TrialRecord, TrialStatus } from '../../results/database/records';
import { trialStatuses } from '../../results/database/records';
import { paretoFront } from '../../statistics/bootstrap/pareto-front';
import { comparePairs } from '../../statistics/bootstrap/comparisons';
import type { Interval } from '../../statistics/bootstrap/intervals';
import type { JointReplicates } from '../../statistics/bootstrap/replicates';
import { type LeaderboardUncertainty, type RowUncertainty, uncertaintyOf } from './uncertainty';
import { ranksOf, type Spread, spreadOf } from './replicates';
import { type OrderingMetric, orderingMetrics } from '../../core/cost/metrics';
import { oracleOf } from './benchmark-replicates';

export const scoreColumns = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl'] as const;
type ScoreColumn = (typeof scoreColumns)[number];

/** A costing: policy and metric. */
export type Costing = `${CostPolicy}-${OrderingMetric}`;

/** A trial with what it cost; the cost is absent while nothing of it has run. */
export interface LeaderboardTrial {
  readonly record: TrialRecord;
  readonly cost?: TrialCost;
}

/** Trials that differ in their seed alone. */
export interface LeaderboardRow {
  readonly axes: Omit<TrialAxes, 'seed'>;
  /** By seed. */
  readonly trials: readonly LeaderboardTrial[];
  /** The trials that the numbers below are computed from. */
  readonly done: readonly LeaderboardTrial[];
  /** Absent where no seed is done, or AP is not known. */
  readonly rank?: number;
  readonly scores: Readonly<Record<ScoreColumn, Spread | null>>;
  /** Mean over the seeds that are done. */
  readonly cost: Readonly<Record<CostPolicy, Cost>> | null;
  readonly declaredShare: number;
  /** `done` where all seeds are; else the most urgent status. */
  readonly status: TrialStatus;
  readonly fronts: readonly Costing[];
  /** From 1, by AP per cost, best value first; of the costings on which all ranked rows are known. */
  readonly valueRanks: Readonly<Partial<Record<Costing, number>>>;
  /** Absent where a seed was scored without resamples, or on other images than the rest. */
  readonly uncertainty?: RowUncertainty;
  /** Set where the row was trained on hidden labels: an upper bound, without rank. */
  readonly isOracle?: true;
  /** Set where the row is a compute-matched control. */
  readonly control?: PlannedControl;
  /** What the strategy adds to its compute-matched control, where it has one. */
  readonly gain?: ControlGain;
}

export interface ControlGain {
  /** Axes of the control's row. */
  readonly control: LeaderboardRow['axes'];
  readonly controlAP: Spread | null;
  /** AP − AP of the control with the same seed; `null` until a seed of both is done. */
  readonly AP: Spread | null;
  /** Holds together with those of all other gains; absent where a side was scored without resamples. */
  readonly interval?: Interval;
  /** FLOPs of the control ÷ those of the row, as metered: 1 where the match is perfect. */
  readonly computeRatio: number | null;
}

export interface LeaderboardModel {
  readonly benchmark: BenchmarkResults;
  /** Ranked rows first, best first; then the others in the order of the matrix. */
  readonly rows: readonly LeaderboardRow[];
  readonly trials: readonly LeaderboardTrial[];
  readonly counts: Readonly<Record<TrialStatus, number>>;
  readonly seeds: number;
  /** Charged compute that was really spent. */
  readonly spent: Cost;
  /** Additional FLOPs and device seconds that the done trials would have taken if each had been run alone. */
  readonly avoidedFlops: number;
  readonly avoidedSeconds: number;
  /** Factors that money and carbon were computed with. */
  readonly factors: CostFactors;
  /** How the order of the ranked rows, best first, depends on policy and metric. */
  readonly orderChecks: readonly OrderCheck[];
  /** How the energy of the charged stages was measured. */
  readonly energyMethods: readonly string[];
  /** Evaluation of all trials; charged to none. */
  readonly scoring: Cost;
  readonly hasDeclared: boolean;
  readonly unknownKernels: readonly string[];
  readonly uncertainty: LeaderboardUncertainty;
}

/** Ranks, costs and fronts of a benchmark. Pure. */
export function buildLeaderboard(
  benchmark: BenchmarkResults,
  factors: CostFactors = defaultFactors,
): LeaderboardModel {
  const planned = benchmark.trials.filter(isPlanned);
  const stages = benchmark.stages.map((stage) => ({ ...stage, parents: Object.values(stage.inputs) }));
  const costs = lineageCosts(stages, planned, factors);
  const trials = benchmark.trials.map((record): LeaderboardTrial => ({ record, cost: costs.get(record.id) }));
  const isOracle = oracleOf(benchmark.stages);
  const ranked = rankRows(withGains(groupBySeed(trials).map((group) => rowOf(group, isOracle))));
  const costOf = new Map(ranked.map((row) => [cellId(row.axes), row.cost]));
  const uncertainty = uncertaintyOf(benchmark, (id) => costOf.get(id) ?? null, costings);
  const rows = withGainIntervals(
    ranked.map((row) => withUncertainty(row, uncertainty)),
    uncertainty.replicates.joint,
  );
  const done = trials.flatMap(({ record, cost }) => (record.status === 'done' && cost ? [cost] : []));
  const withCount = (status: TrialStatus) =>
    [status, trials.filter((trial) => trial.record.status === status).length] as const;
  return {
    benchmark,
    rows,
    trials,
    counts: Object.fromEntries(trialStatuses.map(withCount)) as Record<TrialStatus, number>,
    seeds: Math.max(0, ...rows.map((row) => row.done.length)),
    avoidedFlops: avoidedBy(done, 'flops'),
    avoidedSeconds: avoidedBy(done, 'deviceSeconds'),
    factors,
    orderChecks: orderChecks(
      rows.flatMap(({ rank, scores, cost }) =>
        rank === undefined ? [] : [{ score: scores.AP!.mean, cost: cost! }],
      ),
    ),
    ...totalsOf([...costs.values()], benchmark),
    uncertainty,
  };
}

/** What the benchmark's stages cost together, each counted once. */
function totalsOf(costs: readonly TrialCost[], benchmark: BenchmarkResults) {
  const byKey = new Map(costs.flatMap(({ stages }) => stages.map((stage) => [stage.key, stage] as const)));
  const stages = [...byKey.values()];
  // Whole costs: those of shared stages are not divided among their users.
  const sum = (list: typeof stages) => addCosts(list.map(({ cost }) => ({ cost })));
  const methods = benchmark.stages.flatMap(({ key, ledger }) =>
    byKey.get(key)?.charged === true ? (ledger?.energy?.method.replace(/\d+ samples/, 'samples') ?? []) : [],
  );
  return {
    spent: sum(stages.filter(({ charged, declared }) => charged && !declared)),
    scoring: sum(stages.filter(({ charged }) => !charged)),
    hasDeclared: stages.some(({ declared }) => declared),
    energyMethods: [...new Set(methods)].sort(),
    unknownKernels: [...new Set(costs.flatMap((cost) => Object.keys(cost.unknownKernels)))].sort(),
  };
}

/** Every costing, the usual one first. */
export const costings = costPolicies.flatMap((policy) =>
  orderingMetrics.map((metric) => ({ name: `${policy}-${metric}` as const, policy, metric })),
);

/** An interval is of all the seeds that the row's mean is of, or of none. */
function withUncertainty(
  row: LeaderboardRow,
  { rows, replicates: { joint } }: LeaderboardUncertainty,
): LeaderboardRow {
  const at = joint.rows.indexOf(cellId(row.axes));
  const complete = joint.seeds[at]?.length === row.done.length;
  return complete ? { ...row, uncertainty: rows.get(cellId(row.axes)) } : row;
}

/**
 * Whether the newest plan has the trial, so that it shares what its stages cost. A stale trial may be waiting for its
 * new stages; one whose stages are still those of its old result is planned no more.
 */
function isPlanned({ status, stageKeys, evaluateKey }: TrialRecord): boolean {
  return stageKeys.length > 0 && (status !== 'stale' || !stageKeys.includes(evaluateKey ?? ''));
}

function avoidedBy(costs: readonly TrialCost[], metric: 'flops' | 'deviceSeconds'): number {
  const charged = costs.flatMap((cost) => cost.stages.filter((stage) => stage.charged));
  const once = new Map(charged.map((stage) => [stage.key, stage.cost[metric]]));
  const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
  return sum(charged.map((stage) => stage.cost[metric])) - sum(once.values());
}

function groupBySeed(trials: readonly LeaderboardTrial[]): LeaderboardTrial[][] {
  const bySeed = ({ record: a }: LeaderboardTrial, { record: b }: LeaderboardTrial) =>
    a.axes.seed - b.axes.seed;
  return groups(trials, ({ record }) => cellId(record.axes)).map(([, group]) => group.sort(bySeed));
}

/** The first of these that a seed of a row has is the row's status. */
const urgency: readonly TrialStatus[] = [
  'invalid',
  'failed',
  'stale',
  'running',
  'planned',
  'skipped',
  'done',
];

function rowOf(
  trials: readonly LeaderboardTrial[],
  isOracle: (trial: TrialRecord) => boolean,
): LeaderboardRow {
  const { init, augmentation, strategy, fraction, length } = trials[0]!.record.axes;
  const done = trials.filter((trial) => trial.record.status === 'done' && trial.record.metrics && trial.cost);
  const score = (column: keyof Stats) => spreadOf(done.map(({ record }) => record.metrics!.stats[column]));
  const mean = (policy: CostPolicy) =>
    addCosts(done.map(({ cost }) => ({ cost: cost![policy], users: done.length })));
  const cost =
    done.length === 0
      ? null
      : { full: mean('full'), amortised: mean('amortised'), marginal: mean('marginal') };
  const declared = addCosts(done.map((trial) => ({ cost: trial.cost!.declared, users: done.length })));
  return {
    axes: { init, augmentation, strategy, fraction, length },
    trials,
    done,
    scores: Object.fromEntries(
      scoreColumns.map((column) => [column, score(column)]),
    ) as LeaderboardRow['scores'],
    cost,
    declaredShare: cost === null || cost.full.flops === 0 ? 0 : declared.flops / cost.full.flops,
    status: urgency.find((status) => trials.some((trial) => trial.record.status === status)) ?? 'planned',
    fronts: [],
    valueRanks: {},
    ...(trials[0]!.record.control && { control: trials[0]!.record.control }),
    ...(isOracle(trials[0]!.record) && { isOracle: true }),
  };
}

function withGains(rows: readonly LeaderboardRow[]): LeaderboardRow[] {
  return rows.map((row) => {
    const control = rows.find((other) => isControlOf(other, row.axes));
    return control === undefined ? row : { ...row, gain: gainOver(row, control) };
  });
}

/** Paired over images and seeds, like all differences of rows. */
function withGainIntervals(rows: readonly LeaderboardRow[], joint: JointReplicates): LeaderboardRow[] {
  const indexOf = (axes: LeaderboardRow['axes']) => joint.rows.indexOf(cellId(axes));
  const ids = new Set(rows.flatMap((row) => (row.uncertainty === undefined ? [] : cellId(row.axes))));
  const isKnown = (axes: LeaderboardRow['axes']) => ids.has(cellId(axes));
  const known = rows.filter(({ axes, gain }) => gain?.AP && isKnown(axes) && isKnown(gain.control));
  const { pairs } = comparePairs(
    joint,
    known.map(({ axes, gain }) => [indexOf(axes), indexOf(gain!.control)] as const),
  );
  return rows.map((row) => {
    const interval = pairs[known.indexOf(row)]?.simultaneous;
    return interval === undefined ? row : { ...row, gain: { ...row.gain!, interval } };
  });
}

/** The compute-matched control of a trial: the one with the same other axes. */
export function controlOf(
  { trials }: Pick<LeaderboardModel, 'trials'>,
  { record }: LeaderboardTrial,
): LeaderboardTrial | undefined {
  const { axes } = record;
  return trials.find(({ record: other }) => other.axes.seed === axes.seed && isControlOf(other, axes));
}

/** Whether a trial or row is the control of a cell. */
function isControlOf(
  { axes, control }: Pick<LeaderboardRow, 'axes' | 'control'>,
  cell: LeaderboardRow['axes'],
): boolean {
  return control?.of.some((own) => cellId({ ...axes, ...own }) === cellId(cell)) === true;
}

/** Paired by seed, so that noise common to both cancels. */
function gainOver(row: LeaderboardRow, control: LeaderboardRow): ControlGain {
  const pairs = row.done.flatMap((trial) => {
    const matched = control.done.find(({ record }) => record.axes.seed === trial.record.axes.seed);
    return matched === undefined ? [] : [[trial, matched] as const];
  });
  const AP = ({ record }: LeaderboardTrial) => record.metrics!.stats.AP;
  const total = (side: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[side].cost!.full.flops, 0);
  return {
    control: control.axes,
    controlAP: control.scores.AP,
    AP: spreadOf(
      pairs.map(([trial, matched]) => {
        const [own, its] = [AP(trial), AP(matched)];
        return own === null || its === null ? null : own - its;
      }),
    ),
    computeRatio: total(0) > 0 ? total(1) / total(0) : null,
  };
}

function rankRows(rows: readonly LeaderboardRow[]): LeaderboardRow[] {
  const scored = rows.filter((row) => row.scores.AP !== null && row.cost !== null && row.isOracle !== true);
  const ranks = ranksOf(scored.map((row) => row.scores.AP!.mean));
  const fronts = scored.map((): Costing[] => []);
  const valueRanks = scored.map((): Partial<Record<Costing, number>> => ({}));
  for (const { name, policy, metric } of costings) {
    const points = scored.flatMap((row) => {
      const cost = row.cost![policy][metric];
      return cost === null ? [] : [{ cost, score: row.scores.AP!.mean }];
    });
    // A front or a rank among only some of the rows would mislead.
    if (points.length < scored.length) continue;
    for (const index of paretoFront(points)) fronts[index]!.push(name);
    const values = points.map(({ cost, score }) => (cost === 0 ? Infinity : score / cost));
    ranksOf(values).forEach((rank, index) => (valueRanks[index]![name] = rank));
  }
  const ranked = scored
    .map((row, index) => ({
      ...row,
      rank: ranks[index]!,
      fronts: fronts[index]!,
      valueRanks: valueRanks[index]!,
    }))
    .sort((a, b) => a.rank - b.rank || a.cost!.full.flops - b.cost!.full.flops);
  const isScored = new Set(scored);
  return [...ranked, ...rows.filter((row) => !isScored.has(row))];
}
