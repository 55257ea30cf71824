import { type Interval } from '../bootstrap/intervals';
import { jointReplicates, type ScoredRun } from '../bootstrap/joint-replicates';
import type { AppliedSeedNoise } from '../bootstrap/replicates';

/** A run with what it cost, on one metric and under one policy. */
export interface CostedRun extends ScoredRun {
  readonly cost: number;
}

/** The runs of a recipe at one length of training. */
export interface RecipePoint {
  /** The same id means the same detectors: their noise is drawn once. */
  readonly id: string;
  /** One for each seed. */
  readonly runs: readonly CostedRun[];
}

/** A trial without length and seed. */
export interface Recipe {
  readonly id: string;
  /** At least one, with positive costs. */
  readonly points: readonly RecipePoint[];
}

/**
 * Mean AP of a recipe over seeds as a function of compute: linear in the logarithm of cost between two lengths, nothing
 * beyond the first and the last.
 */
export class RecipeCurve {
  /** [P] By rising cost. */
  readonly points: readonly string[];
  /** [P] Natural logarithms of mean costs over seeds, and mean APs in [0, 1]. */
  readonly logCosts: Float64Array;
  readonly scores: Float64Array;
  /** Costs covered. */
  readonly range: Interval;
  private readonly cached = new Map<number, Float64Array>();

  /**
   * @param logCosts estimates, then replicates: [P × (1 + B)]
   * @param scores likewise
   * @param seedNoise of its worst known point
   */
  constructor(
    readonly id: string,
    points: readonly string[],
    private readonly logCostSamples: readonly Float64Array[],
    private readonly scoreSamples: readonly Float64Array[],
    readonly seedNoise: AppliedSeedNoise,
  ) {
    this.points = points;
    this.logCosts = Float64Array.from(logCostSamples, (samples) => samples[0]!);
    this.scores = Float64Array.from(scoreSamples, (samples) => samples[0]!);
    this.range = { low: Math.exp(this.logCosts[0]!), high: Math.exp(this.logCosts.at(-1)!) };
  }

  /** Number of replicates, B. */
  get count(): number {
    return this.scoreSamples[0]!.length - 1;
  }

  covers(cost: number): boolean {
    const tolerance = 1 + 1e-9;
    return cost * tolerance >= this.range.low && cost <= this.range.high * tolerance;
  }

  /**
   * AP at a cost; at the ends of the range, a replicate whose own range ends a little earlier keeps the AP of its end.
   *
   * @param sample 0 for the estimate, 1 + b for replicate b
   */
  at(logCost: number, sample = 0): number {
    const { logCostSamples, scoreSamples } = this;
    const last = scoreSamples.length - 1;
    let p = 0;
    while (p < last && logCostSamples[p + 1]![sample]! < logCost) p++;
    const [x, y] = [logCostSamples[p]![sample]!, scoreSamples[p]![sample]!];
    if (p === last || logCost <= x) return y;
    const share = (logCost - x) / (logCostSamples[p + 1]![sample]! - x);
    return y + Math.min(1, share) * (scoreSamples[p + 1]![sample]! - y);
  }

  /** AP at a cost, [1 + B]: the estimate, then its replicates. Computed once for a cost. */
  samplesAt(logCost: number): Float64Array {
    let samples = this.cached.get(logCost);
    if (samples === undefined) {
      samples = new Float64Array(1 + this.count);
      for (let sample = 0; sample < samples.length; sample++) samples[sample] = this.at(logCost, sample);
      this.cached.set(logCost, samples);
    }
    return samples;
  }

  /** Logarithm of the cost of point p. */
  logCostOf(p: number, sample = 0): number {
    return this.logCostSamples[p]![sample]!;
  }

  scoreOf(p: number, sample = 0): number {
    return this.scoreSamples[p]![sample]!;
  }
}

/**
 * Curves of recipes with joint replicates: images and seeds are drawn together for all, so that differences are paired,
 * and costs are drawn along with AP. The logarithm of a cost has noise between seeds like a score, without a prior;
 * with one seed everywhere it is taken as measured.
 *
 * @throws RangeError for a recipe without points, or a cost that is not positive
 */
export function recipeCurves(recipes: readonly Recipe[]): RecipeCurve[] {
  const points = [
    ...new Map(recipes.flatMap((recipe) => recipe.points).map((each) => [each.id, each])).values(),
  ];
  if (recipes.some((recipe) => recipe.points.length === 0)) throw new RangeError('A recipe requires points.');
  if (points.some(({ runs }) => runs.some(({ cost }) => !(cost > 0)))) {
    throw new RangeError('Costs of recipes must be positive.');
  }
  const scores = jointReplicates(points);
  const constant = new Float64Array(scores.count);
  const costs = jointReplicates(
    points.map(({ id, runs }) => ({
      id: `cost of ${id}`,
      runs: runs.map(({ seed, cost }) => ({ seed, score: Math.log(cost), resamples: constant })),
    })),
  );
  const samplesOf = (joint: typeof scores, r: number, estimate = joint.estimates[r]!) => {
    const shift = estimate - joint.estimates[r]!;
    const samples = new Float64Array(1 + joint.count);
    samples[0] = estimate;
    for (let b = 0; b < joint.count; b++) samples[1 + b] = joint.replicates[r * joint.count + b]! + shift;
    return samples;
  };
  const meanCost = ({ runs }: RecipePoint) => runs.reduce((sum, { cost }) => sum + cost, 0) / runs.length;
  return recipes.map(({ id, points: own }) => {
    const sorted = [...own].sort((a, b) => meanCost(a) - meanCost(b));
    const rows = sorted.map((point) => points.findIndex((each) => each.id === point.id));
    const noises = rows.map((r) => scores.seedNoise[r]!);
    return new RecipeCurve(
      id,
      sorted.map((point) => point.id),
      rows.map((r) => samplesOf(costs, r, Math.log(meanCost(points[r]!)))),
      rows.map((r) => samplesOf(scores, r)),
      (['missing', 'borrowed'] as const).find((noise) => noises.includes(noise)) ?? 'measured',
    );
  });
}
