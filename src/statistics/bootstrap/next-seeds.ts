import t from '@stdlib/stats-base-dists-t-quantile';
import { varianceOf } from './intervals';
import { type ScoredRow, decomposeNoise } from './joint-replicates';
import { CONFIDENCE } from './replicates';

/** What one more seed of a row would bring. */
export interface Suggestion {
  readonly row: string;
  readonly seed: number;
  /** Mean half-width, over the rows that compete for the top, of the interval of their difference to the best one: now… */
  readonly halfWidth: number;
  /** …and expected with that seed. */
  readonly expected: number;
  /** Device-hours of one more trial of the row. Null where its cost is not known. */
  readonly deviceHours: number | null;
  /** Narrowing in AP for a device-hour. */
  readonly gainPerDeviceHour: number | null;
}

/** A row that competes with the best one. */
export interface SeedCandidate {
  readonly row: string;
  /** AP below the best row. */
  readonly behind: number;
  /** Seeds that both rows need, all told, for an interval of their difference without 0; null where no number will do. */
  readonly seedsToSeparate: number | null;
}

export interface NextSeeds {
  /** Of the rows that compete for the top, the most useful first. */
  readonly suggestions: readonly Suggestion[];
  readonly contenders: readonly SeedCandidate[];
}

const MOST_SEEDS = 100;

export interface NextSeedsOptions {
  /** Indices of the rows that can't be told from the best one, itself included; fewer than two: nothing to settle. */
  readonly top: readonly number[];
  /** Device time of one more trial, by row. */
  readonly deviceSeconds: (row: number) => number | undefined;
  /** How much wider intervals are that hold for all pairs together; see `Comparisons`. Default 1. */
  readonly widening?: number;
}

/**
 * Where the next seed settles most at the top of the ranking. The variance of a difference is what the images leave (which
 * no seed changes) + each row's seed noise / its seeds; the quantile is Student's with the seed noise's degrees of freedom.
 *
 * @returns undefined where no row has two seeds, so that the noise of seeds is not known
 */
export function nextSeeds(
  rows: readonly ScoredRow[],
  { top, deviceSeconds, widening = 1 }: NextSeedsOptions,
): NextSeeds | undefined {
  const { noise, sorted, estimates, images, withinSeed, meanWithinSeed } = decomposeNoise(rows);
  if (noise === undefined) return undefined;
  if (top.length < 2) return { suggestions: [], contenders: [] };
  const best = top.reduce((leader, r) => (estimates[r]! > estimates[leader]! ? r : leader), top[0]!);
  const others = top.filter((r) => r !== best);
  const seedsOf = (r: number): number => sorted[r]!.runs.length;
  const ofSeed = (r: number): number => noise.rows[r]!.variance;
  /** What is left of the difference's variance with endlessly many seeds. */
  const left = (r: number): number => {
    const residuals = images[best]!.map((value, b) => value - images[r]![b]!);
    const falls = [best, r].reduce((sum, row) => sum + (withinSeed[row] ?? meanWithinSeed) / seedsOf(row), 0);
    return Math.max(0, varianceOf(residuals) - falls);
  };
  const byImages = new Map(others.map((r) => [r, left(r)]));
  const halfWidth = (r: number, seeds: (row: number) => number): number => {
    const added = seeds(best) + seeds(r) - seedsOf(best) - seedsOf(r);
    const df = Math.min(noise.rows[best]!.df, noise.rows[r]!.df) + added;
    const variance = byImages.get(r)! + ofSeed(best) / seeds(best) + ofSeed(r) / seeds(r);
    return widening * t((1 + CONFIDENCE) / 2, df) * Math.sqrt(variance);
  };
  const meanHalfWidth = (seeds: (row: number) => number): number =>
    others.reduce((sum, r) => sum + halfWidth(r, seeds), 0) / others.length;
  const now = meanHalfWidth(seedsOf);
  const suggestions = top.map((r): Suggestion => {
    const expected = meanHalfWidth((row) => seedsOf(row) + (row === r ? 1 : 0));
    const seconds = deviceSeconds(r);
    const deviceHours = seconds === undefined || !(seconds > 0) ? null : seconds / 3600;
    return {
      row: sorted[r]!.id,
      seed: 1 + Math.max(...sorted[r]!.runs.map(({ seed }) => seed)),
      halfWidth: now,
      expected,
      deviceHours,
      gainPerDeviceHour: deviceHours === null ? null : (now - expected) / deviceHours,
    };
  });
  const useful = (suggestion: Suggestion): number =>
    suggestion.gainPerDeviceHour ?? now - suggestion.expected;
  return {
    suggestions: suggestions.sort((a, b) => useful(b) - useful(a)),
    contenders: others.map((r) => {
      const behind = estimates[best]! - estimates[r]!;
      let seeds: number | null = 1 + Math.max(seedsOf(best), seedsOf(r));
      while (seeds !== null && halfWidth(r, () => seeds!) >= behind)
        seeds = seeds < MOST_SEEDS ? seeds + 1 : null;
      return { row: sorted[r]!.id, behind, seedsToSeparate: seeds };
    }),
  };
}
