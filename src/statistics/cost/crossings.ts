import { UpperQuantile } from '../bootstrap/comparisons';
import { type Interval, quantile } from '../bootstrap/intervals';
import { CONFIDENCE } from '../bootstrap/replicates';
import type { RecipeCurve } from './recipe-curve';

/** A difference of AP, first − second, at one cost. */
export interface GainAtCost {
  readonly cost: number;
  readonly difference: number;
  readonly interval: Interval;
  /** Holds at all costs of its band together. */
  readonly simultaneous: Interval;
  /** Two-sided, of no difference. */
  readonly p: number;
}

/** Where one curve comes to stay above the other. */
export interface CurveCrossing {
  /** Which one is ahead at higher costs. */
  readonly ahead: 'first' | 'second';
  readonly cost: number;
  /** Ends that reach the end of the measured range are null: the crossing may be beyond it. */
  readonly interval: { readonly low: number | null; readonly high: number | null };
}

export interface CurveComparison {
  readonly first: string;
  readonly second: string;
  /** Costs that both cover; null where they share none. */
  readonly range: Interval | null;
  /**
   * `ahead`: the simultaneous band is on one side of 0 at every cost. `crosses`: it is on one side at lower costs and on the
   * other at higher ones. `not separated`: neither.
   */
  readonly relation: 'first ahead' | 'second ahead' | 'crosses' | 'not separated' | 'not comparable';
  /** The last crossing of the estimates, whether it is established (`crosses`) or not. */
  readonly crossing?: CurveCrossing;
  /** By rising cost. */
  readonly band: readonly GainAtCost[];
}

/** Costs of a band per factor of ten, beside those of the curves' own points; the same for all pairs of curves. */
const PER_DECADE = 40;

/**
 * Compares two recipes over the range of compute that both cover. The interval of a crossing is the set of costs around
 * it at which the difference is not significantly different from 0 (inversion of the pointwise test, as Fieller, "Some
 * problems in interval estimation", JRSS B 1954, for a ratio): a single true crossing is in it with the confidence of a
 * pointwise interval, however noisy. The band is simultaneous by the largest studentised difference (max-T; see
 * `comparePairs`).
 */
export function compareCurves(
  first: RecipeCurve,
  second: RecipeCurve,
  confidence = CONFIDENCE,
): CurveComparison {
  const names = { first: first.id, second: second.id };
  const range = commonRange(first, second);
  if (range === null) return { ...names, range, relation: 'not comparable', band: [] };
  const band = gainBand(first, second, costsBetween(first, second, range), confidence);
  const crossing = lastCrossing(band);
  return { ...names, range, relation: relationOf(band), ...(crossing && { crossing }), band };
}

/** Gains of one curve over another at given costs, all within the range of both. */
export function gainBand(
  first: RecipeCurve,
  second: RecipeCurve,
  costs: readonly number[],
  confidence = CONFIDENCE,
): GainAtCost[] {
  const differences = costs.map((cost) => {
    const [one, other] = [first, second].map((curve) => curve.samplesAt(Math.log(cost)));
    return one!.map((value, sample) => value - other![sample]!);
  });
  return studentisedBand(differences, confidence).map((gain, index) => ({ cost: costs[index]!, ...gain }));
}

/**
 * Gain of each point of a curve over another curve at the point's own cost, which is drawn along: what a strategy brings
 * beyond training its baseline for as long. A point whose cost the baseline does not cover has none.
 */
export function gainsAtEqualCompute(
  curve: RecipeCurve,
  baseline: RecipeCurve,
  confidence = CONFIDENCE,
): (GainAtCost | null)[] {
  const covered = curve.points.map((_, p) => baseline.covers(Math.exp(curve.logCostOf(p))));
  const differences = curve.points.flatMap((_, p) =>
    covered[p]
      ? [
          Float64Array.from(
            { length: 1 + curve.count },
            (_value, sample) => curve.scoreOf(p, sample) - baseline.at(curve.logCostOf(p, sample), sample),
          ),
        ]
      : [],
  );
  const gains = studentisedBand(differences, confidence);
  let next = 0;
  return covered.map((isCovered, p) =>
    isCovered ? { cost: Math.exp(curve.logCostOf(p)), ...gains[next++]! } : null,
  );
}

/** @param differences each with the estimate first, then its replicates */
function studentisedBand(
  differences: readonly Float64Array[],
  confidence: number,
): Omit<GainAtCost, 'cost'>[] {
  const count = (differences[0]?.length ?? 1) - 1;
  const largest = new Float64Array(count);
  const quantileOf = new UpperQuantile(count, confidence);
  const residuals = new Float64Array(count);
  const parts = differences.map((samples) => {
    const difference = samples[0]!;
    for (let b = 0; b < count; b++) residuals[b] = Math.abs(samples[1 + b]! - difference);
    const half = quantileOf.of(residuals) || 0;
    let beyond = 1;
    for (let b = 0; b < count; b++) {
      if (residuals[b]! >= Math.abs(difference)) beyond++;
      if (half > 0 && residuals[b]! > largest[b]! * half) largest[b] = residuals[b]! / half;
    }
    return { difference, half, p: beyond / (count + 1) };
  });
  const widening = Math.max(1, quantile(largest.sort(), confidence) || 1);
  const around = (middle: number, half: number): Interval => ({
    low: Math.max(-1, middle - half),
    high: Math.min(1, middle + half),
  });
  return parts.map(({ difference, half, p }) => ({
    difference,
    interval: around(difference, half),
    simultaneous: around(difference, widening * half),
    p,
  }));
}

export function commonRange(first: RecipeCurve, second: RecipeCurve): Interval | null {
  const low = Math.max(first.range.low, second.range.low);
  const high = Math.min(first.range.high, second.range.high);
  return low <= high * (1 + 1e-9) ? { low, high: Math.max(low, high) } : null;
}

/** The differences of two curves are linear between their points. */
function costsBetween(first: RecipeCurve, second: RecipeCurve, { low, high }: Interval): number[] {
  const own = [first, second].flatMap(({ logCosts }) => [...logCosts].map(Math.exp));
  const [from, to] = [low, high].map((cost) => Math.ceil(PER_DECADE * Math.log10(cost)));
  const steps = Array.from({ length: Math.max(0, to! - from!) }, (_, i) => 10 ** ((from! + i) / PER_DECADE));
  const inside = [...own, ...steps].filter((cost) => cost > low && cost < high);
  return [...new Set([low, ...inside, high])].sort((a, b) => a - b);
}

const signOf = ({ low, high }: Interval): number => (low > 0 ? 1 : high < 0 ? -1 : 0);

function relationOf(band: readonly GainAtCost[]): CurveComparison['relation'] {
  const signs = band.map(({ simultaneous }) => signOf(simultaneous));
  if (signs.every((sign) => sign > 0)) return 'first ahead';
  if (signs.every((sign) => sign < 0)) return 'second ahead';
  const last = signs.findLast((sign) => sign !== 0);
  return last !== undefined && signs.includes(-last) ? 'crosses' : 'not separated';
}

function lastCrossing(band: readonly GainAtCost[]): CurveCrossing | undefined {
  const final = Math.sign(band.at(-1)!.difference);
  const before = band.findLastIndex(({ difference }) => Math.sign(difference) === -final);
  if (final === 0 || before < 0) return undefined;
  const value = ({ difference }: GainAtCost) => difference;
  const [left, right] = [before, before + 1];
  const low = band.findLastIndex(({ interval }, at) => at <= left && signOf(interval) === -final);
  const high = band.findIndex(({ interval }, at) => at >= right && signOf(interval) === final);
  // The end of the interval that lies towards the crossing is 0 between the two costs.
  const towards = ({ interval }: GainAtCost, sign: number) => (sign > 0 ? interval.low : interval.high);
  return {
    ahead: final > 0 ? 'first' : 'second',
    cost: zeroBetween(band[left]!, band[right]!, value),
    interval: {
      low: low < 0 ? null : zeroBetween(band[low]!, band[low + 1]!, (gain) => towards(gain, -final)),
      high: high < 0 ? null : zeroBetween(band[high - 1]!, band[high]!, (gain) => towards(gain, final)),
    },
  };
}

/** Where a value is 0 between two costs, linear in their logarithms. */
function zeroBetween(from: GainAtCost, to: GainAtCost, value: (gain: GainAtCost) => number): number {
  const [a, b] = [value(from), value(to)];
  return from.cost * (to.cost / from.cost) ** (a / (a - b));
}
