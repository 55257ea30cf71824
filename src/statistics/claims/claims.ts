import { type Element, elementsOf } from './elements';
import { distanceToBorder, easiest, hardest, type Remedy, remedyFor } from './power';
import type { Claim } from './spec';
import {
  commonSeeds,
  type Estimate,
  type MeasuredContrast,
  measureContrast,
  priorOf,
  withNoise,
} from '../effects/contrast';
import type { Grid, Levels, MissingCell } from '../effects/grid';
import { halfWidth, holm, upperTail } from '../effects/noise';
import type { VariancePrior } from '../bootstrap/variance-prior';
import { CONFIDENCE } from '../bootstrap/replicates';

export type Verdict = 'supported' | 'refuted' | 'undecided';

/** Why a claim has no verdict. */
export const undecidedCodes = {
  NOT_SIGNIFICANT: 'the difference is too small for its noise',
  MISSING_CELLS: 'cells that it compares have no score',
  NO_COMMON_SEED: 'the cells that it compares have no seed in common',
  SEED_NOISE_UNKNOWN: 'one seed, and no other rows from which to estimate seed noise',
  NO_COST_CURVES: 'no cost to a target AP is known',
} as const;
export type UndecidedCode = keyof typeof undecidedCodes;

/** Chance that any claim of a benchmark gets a verdict that is false. */
export const LEVEL = 1 - CONFIDENCE;

export interface ElementResult {
  readonly context: Levels;
  readonly role: Element['role'];
  readonly region: Element['region'];
  /** AP points. */
  readonly estimate: number;
  /** Of this difference alone, at `CONFIDENCE`; undefined where nothing is known of the noise. */
  readonly interval: readonly [low: number, high: number] | undefined;
  /** Standard errors; those not known are absent. */
  readonly seedSe?: number;
  readonly imageSe?: number;
  readonly seedNoise: Estimate['seedNoise'];
  readonly seeds: readonly number[];
  /** One-sided p-values: that it lies inside the claimed region, that it lies outside. Absent where seed noise is unknown. */
  readonly pInside?: number;
  readonly pOutside?: number;
}

export interface ClaimResult {
  readonly claim: Claim;
  readonly verdict: Verdict;
  /** Of an undecided claim. */
  readonly code?: UndecidedCode;
  /** The difference on which the verdict hangs: the weakest of those that must hold, or the one that refutes. */
  readonly decisive?: ElementResult;
  readonly elements: readonly ElementResult[];
  /** Two-sided; and as corrected for all claims of the benchmark (Holm). */
  readonly p?: number;
  readonly pCorrected?: number;
  readonly missing: readonly MissingCell[];
  /** What would decide an undecided claim. */
  readonly remedy?: Remedy;
  /** Of a claim about costs: its ratios, in sentences. */
  readonly reasons?: readonly string[];
}

/** Tests claims about cost to a target AP, where curves are known; corrects for the number of claims itself. */
export type CostRatioTest = (
  claim: Claim & { costRatio: NonNullable<Claim['costRatio']> },
) => Pick<ClaimResult, 'verdict' | 'code' | 'reasons'> | undefined;

/**
 * A verdict for every claim of a benchmark. A claim of several differences is supported if all of them lie in the claimed
 * region (intersection–union test: no correction within), refuted if any lies outside (Bonferroni within); over the
 * claims, p-values are corrected by Holm. A claim that needs a cell without score is undecided, whatever the others say.
 *
 * @param claims all claims of the benchmark: the correction counts them
 * @param grid scores in AP points
 */
export function testClaims(claims: readonly Claim[], grid: Grid, testCost?: CostRatioTest): ClaimResult[] {
  const prepared = claims.map((claim) => prepare(claim, grid));
  const all = new Map(
    prepared.flatMap(({ parts }) => parts.map((part) => [JSON.stringify(part.element.terms), part.measured])),
  );
  const prior = priorOf([...all.values()]);
  const tested = prepared.map((preparation) =>
    preparation.claim.costRatio === undefined
      ? testClaim(preparation, prior)
      : { ...preparation, ...costResult(preparation.claim, testCost) },
  );
  const family = tested.filter(({ p }) => p !== undefined);
  const corrected = new Map(holm(family.map(({ p }) => p!)).map((p, index) => [family[index]!, p]));
  return tested.map((one) => conclude(one, corrected.get(one), family.length));
}

interface Preparation {
  readonly claim: Claim;
  readonly parts: readonly { readonly element: Element; readonly measured: MeasuredContrast }[];
  readonly missing: readonly MissingCell[];
  readonly code?: UndecidedCode;
}

function prepare(claim: Claim, grid: Grid): Preparation {
  if (claim.costRatio !== undefined) return { claim, parts: [], missing: [] };
  const elements = elementsOf(claim, grid);
  const missing = new Map(
    elements
      .flatMap(({ terms }) => terms)
      .filter(({ levels }) => grid.cell(levels) === undefined)
      .map(({ levels }) => [JSON.stringify(levels), grid.missing(levels)]),
  );
  if (missing.size > 0) return { claim, parts: [], missing: [...missing.values()], code: 'MISSING_CELLS' };
  const seeds = elements.map(({ terms }) => commonSeeds(grid, terms));
  if (seeds.some((common) => common.length === 0)) {
    return { claim, parts: [], missing: [], code: 'NO_COMMON_SEED' };
  }
  const parts = elements.map((element, index) => ({
    element,
    measured: measureContrast(grid, element.terms, seeds[index]!),
  }));
  return { claim, parts, missing: [] };
}

interface Tested extends Preparation {
  readonly estimates?: readonly Estimate[];
  readonly results?: readonly ElementResult[];
  /** One-sided. */
  readonly pSupport?: number;
  readonly pRefute?: number;
  /** Two-sided. */
  readonly p?: number;
  readonly verdict?: Verdict;
  readonly reasons?: readonly string[];
}

function testClaim(preparation: Preparation, prior: VariancePrior | undefined): Tested {
  if (preparation.code !== undefined) return preparation;
  const estimates = preparation.parts.map(({ measured }) => withNoise(measured, prior));
  const results = preparation.parts.map(({ element }, index) => elementResult(element, estimates[index]!));
  if (results.some(({ pInside }) => pInside === undefined)) {
    return { ...preparation, estimates, results, code: 'SEED_NOISE_UNKNOWN' };
  }
  const pSupport = Math.max(...results.filter(({ role }) => role === 'test').map(({ pInside }) => pInside!));
  const pRefute = Math.min(1, results.length * Math.min(...results.map(({ pOutside }) => pOutside!)));
  const p = Math.min(1, 2 * Math.min(pSupport, pRefute));
  return { ...preparation, estimates, results, pSupport, pRefute, p };
}

function elementResult(element: Element, estimate: Estimate): ElementResult {
  const { noise, seedNoise, seeds, imageSe } = estimate;
  const value = estimate.estimate;
  const half = noise === undefined ? undefined : halfWidth(noise, CONFIDENCE);
  return {
    context: element.context,
    role: element.role,
    region: element.region,
    estimate: value,
    interval: half === undefined ? undefined : [Math.max(-100, value - half), Math.min(100, value + half)],
    ...(seedNoise === 'missing' ? {} : { seedSe: noise!.seedSe, ...oneSided(element, estimate) }),
    ...(imageSe === undefined ? {} : { imageSe }),
    seedNoise,
    seeds,
  };
}

function oneSided({ region: { low, high } }: Element, { estimate, noise }: Estimate) {
  const borders = [estimate - low, high - estimate].filter(Number.isFinite);
  return {
    pInside: Math.max(...borders.map((margin) => upperTail(noise!, margin))),
    // It can't lie beyond both ends: the smaller of the two, counted twice.
    pOutside: Math.min(1, borders.length * Math.min(...borders.map((margin) => upperTail(noise!, -margin)))),
  };
}

function costResult(claim: Claim, testCost: CostRatioTest | undefined): Partial<Tested> {
  const { costRatio } = claim;
  return testCost?.({ ...claim, costRatio: costRatio! }) ?? { code: 'NO_COST_CURVES' };
}

function conclude(tested: Tested, pCorrected: number | undefined, count: number): ClaimResult {
  const { claim, missing, results = [], p, pSupport = 1, pRefute = 1 } = tested;
  const { reasons } = tested;
  const base = { claim, missing, elements: results, p, pCorrected, ...(reasons && { reasons }) };
  if (tested.verdict !== undefined) return { ...base, verdict: tested.verdict, code: tested.code };
  if (tested.code !== undefined)
    return { ...base, verdict: 'undecided', code: tested.code, decisive: weakest(results) };
  const decided = pCorrected! <= LEVEL;
  // A trend that holds and a step that goes against it: the claim asserts both.
  const refuted = decided && (pRefute <= pSupport || 2 * pRefute * count <= LEVEL);
  if (refuted) return { ...base, verdict: 'refuted', decisive: strongestAgainst(results) };
  if (decided) return { ...base, verdict: 'supported', decisive: weakest(results) };
  return {
    ...base,
    verdict: 'undecided',
    code: 'NOT_SIGNIFICANT',
    decisive: weakest(results),
    remedy: remedyOf(tested, count),
  };
}

function weakest(results: readonly ElementResult[]): ElementResult | undefined {
  const tests = results.filter(({ role }) => role === 'test');
  const weakness = ({ pInside, region, estimate }: ElementResult) =>
    // Without p-values, what is nearest to the border, or furthest beyond it.
    pInside ?? -Math.min(estimate - region.low, region.high - estimate);
  return tests.reduce<ElementResult | undefined>(
    (worst, one) => (worst === undefined || weakness(one) > weakness(worst) ? one : worst),
    undefined,
  );
}

function strongestAgainst(results: readonly ElementResult[]): ElementResult | undefined {
  return [...results].sort((a, b) => a.pOutside! - b.pOutside!)[0];
}

/** Taking the estimates as they are: what would let all be seen inside, or one of those outside. */
function remedyOf({ parts, estimates = [] }: Tested, count: number): Remedy | undefined {
  const level = LEVEL / 2 / count;
  const distances = parts.map(({ element }, index) => ({
    element,
    estimate: estimates[index]!,
    ...distanceToBorder(element, estimates[index]!.estimate),
  }));
  const tests = distances.filter(({ element }) => element.role === 'test');
  if (tests.every(({ inside }) => inside)) {
    return hardest(tests.map(({ estimate, distance }) => remedyFor(estimate, distance, level)));
  }
  return easiest(
    distances
      .filter(({ inside }) => !inside)
      .map(({ estimate, distance }) => remedyFor(estimate, distance, level / distances.length)),
  );
}
