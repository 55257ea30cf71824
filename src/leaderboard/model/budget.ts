import type { CostPolicy } from '../../core/cost/lineage';
import { comparePairs } from '../../statistics/bootstrap/comparisons';
import { type Interval, intervalOf } from '../../statistics/bootstrap/intervals';
import { jointReplicates, type ScoredRun } from '../../statistics/bootstrap/joint-replicates';
import { type JointReplicates, replicatesOf } from '../../statistics/bootstrap/replicates';
import { readResamples } from '../../statistics/bootstrap/stored-resamples';
import type { LeaderboardRow, LeaderboardTrial, Costing, LeaderboardModel } from './leaderboard';
import type { TrialCurves } from './trial-curves';
import { type OrderingMetric, orderingMetrics } from '../../core/cost/metrics';
import { cellId } from '../../core/plan/axes';

/** Policies of a budget. Marginal cost is not among them: nobody can repeat a trial for it alone. */
export const budgetPolicies = ['full', 'amortised'] as const satisfies readonly CostPolicy[];
export type BudgetPolicy = (typeof budgetPolicies)[number];

/** Columns of a map; budgets between two of them buy what the lower one buys. */
const COLUMNS = 36;

/** A checkpoint of a row's trainings, or their final detector: mean over its seeds. */
export interface Purchase {
  readonly row: LeaderboardRow;
  /** In [0, 1]. */
  readonly AP: number;
  readonly interval: Interval | null;
  readonly cost: Readonly<Record<CostPolicy, Readonly<Record<OrderingMetric, number | null>>>>;
  /** Where its training was stopped; absent at its end. */
  readonly stopped?: { readonly stage: string; readonly step: number };
}

export interface BudgetCandidate {
  readonly purchase: Purchase;
  /** Probability that nothing else within the budget is better; absent where a candidate has no resamples. */
  readonly share?: number;
}

/** What budgets from one amount up to another buy at one labelled fraction. */
export interface BudgetAnswer {
  readonly fraction: number;
  /** Indices of `budgets`: from the first, up to and without the second. */
  readonly from: number;
  readonly to: number;
  readonly winner: BudgetCandidate;
  /** Candidates that do not differ significantly from the winner, the most probable to be better first. */
  readonly ties: readonly BudgetCandidate[];
  /** Number of rows with a detector within the budget. */
  readonly candidates: number;
}

export interface BudgetMap {
  readonly count: Costing;
  readonly policy: BudgetPolicy;
  readonly metric: OrderingMetric;
  /** Ascending. */
  readonly budgets: readonly number[];
  /** By fraction, then by budget. */
  readonly answers: readonly BudgetAnswer[];
}

interface State extends Purchase {
  readonly id: number;
  /** The same for the same detector: a student's teacher is the supervised row's detector too. */
  readonly identity: string;
  /** Row of the joint replicates; absent where a seed has no resamples. */
  readonly replicate?: number;
}

/**
 * The best detector within a budget, for every labelled fraction and every costing. A row offers the last detector
 * that it had within the budget – not the best one so far, which would pick lucky scores – and the winner is the one
 * with the highest AP. Rows that do not differ significantly from the winner tie with it; intervals of differences
 * are simultaneous for all rows of a cell. Pure.
 */
export function budgetMaps(model: LeaderboardModel, curves: TrialCurves): BudgetMap[] {
  const { states, joint } = statesOf(model, curves);
  const fractions = [...new Set(model.rows.map(({ axes }) => axes.fraction))].sort((a, b) => a - b);
  const comparison = new OfferComparison(joint);
  return budgetPolicies.flatMap((policy) =>
    orderingMetrics.flatMap((metric): BudgetMap[] => {
      const costOf = ({ cost }: Purchase) => cost[policy][metric];
      const costs = states.map(costOf);
      if (costs.length === 0 || costs.some((cost) => cost === null)) return [];
      const paid = (costs as number[]).filter((cost) => cost > 0);
      if (paid.length === 0) return [];
      const budgets = budgetsBetween(Math.min(...paid), Math.max(...paid));
      const answers = fractions.flatMap((fraction) => {
        const own = states.filter(({ row }) => row.axes.fraction === fraction);
        const cells = budgets.flatMap((budget, index): BudgetAnswer[] => {
          const offers = offersWithin(own, budget, (state) => costOf(state)!);
          if (offers.length === 0) return [];
          return [{ fraction, from: index, to: index + 1, ...comparison.of(offers) }];
        });
        return merged(cells);
      });
      return [{ count: `${policy}-${metric}`, policy, metric, budgets, answers }];
    }),
  );
}

/** Evenly spaced by factors, in two digits, the last one enough for everything. */
function budgetsBetween(least: number, most: number): number[] {
  const steps = Array.from(
    { length: COLUMNS },
    (_, index) => least * (most / least) ** (index / (COLUMNS - 1)),
  );
  const up = (value: number) => {
    const size = 10 ** (Math.floor(Math.log10(value)) - 1);
    return Number((Math.ceil(value / size - 1e-9) * size).toPrecision(2));
  };
  return [...new Set(steps.map(up))];
}

/** The last state of each row within the budget. States of a row are in order of cost. */
function offersWithin(states: readonly State[], budget: number, costOf: (state: State) => number): State[] {
  const last = new Map<LeaderboardRow, State>();
  for (const state of states) if (costOf(state) <= budget) last.set(state.row, state);
  // A detector must not tie with itself: it belongs to the row that ends with it.
  const distinct = new Map<string, State>();
  for (const state of last.values()) {
    const other = distinct.get(state.identity);
    if (other === undefined || (other.stopped && !state.stopped)) distinct.set(state.identity, state);
  }
  return [...distinct.values()];
}

/** Merges neighbouring budgets with the same answer. */
function merged(cells: readonly BudgetAnswer[]): BudgetAnswer[] {
  const list: BudgetAnswer[] = [];
  for (const cell of cells) {
    const before = list.at(-1);
    const isSame =
      before !== undefined &&
      before.to === cell.from &&
      before.winner.purchase === cell.winner.purchase &&
      before.ties.length === cell.ties.length &&
      before.ties.every((tie, index) => tie.purchase === cell.ties[index]!.purchase);
    if (isSame) list[list.length - 1] = { ...cell, from: before.from };
    else list.push(cell);
  }
  return list;
}

type Comparison = Pick<BudgetAnswer, 'winner' | 'ties' | 'candidates'>;

/** Neighbouring budgets and costings often have the same offers: each set of them is compared once. */
class OfferComparison {
  private readonly cached = new Map<string, Comparison>();

  constructor(private readonly joint: JointReplicates) {}

  of(offers: readonly State[]): Comparison {
    const key = offers.map(({ id }) => id).join();
    const answer = this.cached.get(key) ?? this.compare(offers);
    this.cached.set(key, answer);
    return answer;
  }

  private compare(offers: readonly State[]): Comparison {
    const candidates = offers.length;
    const best = offers.reduce((top, offer) => (offer.AP > top.AP ? offer : top));
    const indices = offers.flatMap(({ replicate }) => replicate ?? []);
    if (indices.length < candidates) return { winner: { purchase: best }, ties: [], candidates };
    const shares = this.shares(indices);
    const others = offers.filter((offer) => offer !== best);
    const { pairs } = comparePairs(
      this.joint,
      others.map(({ replicate }) => [best.replicate!, replicate!] as const),
    );
    const ties = others.flatMap((purchase, index): BudgetCandidate[] =>
      pairs[index]!.simultaneous.low > 0 ? [] : [{ purchase, share: shares.get(purchase.replicate!)! }],
    );
    return {
      winner: { purchase: best, share: shares.get(best.replicate!)! },
      ties: ties.sort((a, b) => b.share! - a.share! || b.purchase.AP - a.purchase.AP),
      candidates,
    };
  }

  /** In how many of the joint replicates each is the best. */
  private shares(indices: readonly number[]): Map<number, number> {
    const { count, replicates } = this.joint;
    const wins = new Map(indices.map((index) => [index, 0]));
    for (let b = 0; b < count; b++) {
      let top = indices[0]!;
      for (const index of indices) {
        if (replicates[index * count + b]! > replicates[top * count + b]!) top = index;
      }
      wins.set(top, wins.get(top)! + 1);
    }
    return new Map([...wins].map(([index, won]) => [index, won / count]));
  }
}

interface Draft extends Omit<Purchase, 'interval'> {
  readonly identity: string;
  readonly runs: readonly (ScoredRun | undefined)[];
}

function statesOf(model: LeaderboardModel, curves: TrialCurves) {
  const drafts = model.rows.flatMap((row) =>
    row.rank === undefined ? [] : (checkpointsOf(model, row, curves) ?? [finalOf(row)]),
  );
  const counts = drafts.flatMap(({ runs }) => runs.flatMap((run) => run?.resamples.length ?? []));
  const usual = counts.sort((a, b) => a - b)[counts.length >> 1];
  const complete = (draft: Draft) => draft.runs.every((run) => run?.resamples.length === usual);
  const joint = jointReplicates(
    drafts.flatMap((draft, index) =>
      complete(draft) ? [{ id: `${cellId(draft.row.axes)} ${index}`, runs: draft.runs as ScoredRun[] }] : [],
    ),
  );
  let next = 0;
  const states = drafts.map((draft, id): State => {
    const { runs: _, ...purchase } = draft;
    if (!complete(draft)) return { ...purchase, id, interval: null };
    const replicate = next++;
    return { ...purchase, id, replicate, interval: intervalOf(purchase.AP, replicatesOf(joint, replicate)) };
  });
  return { states, joint };
}

function finalOf(row: LeaderboardRow): Draft {
  return {
    row,
    identity: row.done.map(({ record }) => record.evaluateKey).join(),
    AP: row.scores.AP!.mean,
    cost: row.cost!,
    runs: row.done.map(({ record }) => {
      const resamples = readResamples(record.metrics?.resamples)?.scores('AP');
      return resamples && run(record.axes.seed, record.metrics!.stats.AP, resamples);
    }),
  };
}

/** The checkpoints of a row, each a mean over seeds; `undefined` where the seeds' checkpoints differ. */
function checkpointsOf(
  { benchmark }: LeaderboardModel,
  row: LeaderboardRow,
  curves: TrialCurves,
): Draft[] | undefined {
  // Step 0 is left out: a newly initialised head detects nothing.
  const all = row.done.map((trial) => ({
    trial,
    points: curves.pointsOf(trial).filter(({ step }) => step > 0),
  }));
  const length = all[0]?.points.length ?? 0;
  if (length < 2 || all.some(({ points }) => points.length !== length)) return undefined;
  const labels = new Map(benchmark.stages.map(({ key, label }) => [key, label]));
  return all[0]!.points.map(({ training, step }, index): Draft => {
    const points = all.map(({ trial, points: list }) => ({ seed: seedOf(trial), ...list[index]! }));
    const mean = (policy: CostPolicy, metric: OrderingMetric) =>
      meanOf(points.map(({ cost }) => cost[policy][metric]));
    const cost = (policy: CostPolicy) => ({
      flops: mean(policy, 'flops'),
      deviceSeconds: mean(policy, 'deviceSeconds'),
      energyJ: mean(policy, 'energyJ'),
      money: mean(policy, 'money'),
    });
    return {
      row,
      identity: points.map((point) => `${point.training} ${point.step}`).join(),
      AP: meanOf(points.map(({ AP }) => AP))!,
      cost: { full: cost('full'), amortised: cost('amortised'), marginal: cost('marginal') },
      runs: points.map(({ seed, AP, replicates }) => replicates && run(seed, AP, replicates)),
      ...(index < length - 1 && { stopped: { stage: labels.get(training) ?? 'training', step } }),
    };
  });
}

const seedOf = ({ record }: LeaderboardTrial) => record.axes.seed;

function run(seed: number, score: number | null, resamples: ArrayLike<number>): ScoredRun | undefined {
  return score === null ? undefined : { seed, score, resamples: Float64Array.from(resamples) };
}

function meanOf(values: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const value of values) {
    if (value === null) return null;
    sum += value;
  }
  return sum / values.length;
}
