/**
 * Rows (cells of the matrix: init × augmentation × strategy × fraction) with jointly drawn replicates: replicate b of
 * every row saw the same sample of images and the same sample of the seeds' common effect, so any difference or contrast of
 * rows within a replicate is paired, and its spread over b is the uncertainty of that contrast.
 *
 * Replicates are samples around `estimates` whose spread already holds what few seeds leave unknown (heavier tails for
 * fewer seeds); take quantiles of them as they stand, and centre them at `estimates` for a null distribution. Where
 * `seedNoise` of a row is `missing` – one seed everywhere, nothing to learn the noise from – its spread is that of the
 * validation images alone: it says how well this training run is known, not how another seed would come out.
 */
export interface JointReplicates {
  /** Ids of the R rows, see `cellId`. */
  readonly rows: readonly string[];
  /** Seeds that stand behind each row, ascending. */
  readonly seeds: readonly (readonly number[])[];
  /** Where the seed noise in a row's replicates comes from. */
  readonly seedNoise: readonly AppliedSeedNoise[];
  /** [R] AP in [0, 1], mean over the row's seeds. */
  readonly estimates: Float64Array;
  /** [R × B], row-major: replicate b of row r at [r · B + b]; may leave [0, 1]. */
  readonly replicates: Float64Array;
  /** B */
  readonly count: number;
}

/**
 * `measured`: from the row's own seeds, shrunk towards those of other rows. `borrowed`: the row has one seed, the noise is
 * that of the rows which have more. `missing`: no row has more than one seed.
 */
export type AppliedSeedNoise = 'measured' | 'borrowed' | 'missing';

/** The level of every interval that is shown. */
export const CONFIDENCE = 0.95;

/** B: resamples of the validation images behind each interval. */
export const RESAMPLES = 1000;

/** A view of row r's replicates. */
export function replicatesOf({ replicates, count }: JointReplicates, r: number): Float64Array {
  return replicates.subarray(r * count, (r + 1) * count);
}
