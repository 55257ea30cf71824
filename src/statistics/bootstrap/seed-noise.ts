import { fitInverseChiSquared } from './variance-prior';

/** A row's scores, seed by seed. */
export interface SeededScores {
  readonly seeds: readonly number[];
  readonly scores: readonly number[];
}

/** A variance with the degrees of freedom behind it; infinitely many: known as well as many rows tell it. */
export interface Variance {
  readonly variance: number;
  readonly df: number;
}

export interface SeedNoise {
  /** Of one seed in one row, apart from what the seed does to every row; by row. */
  readonly rows: readonly Variance[];
  /** Whether the rows' variances are taken for one (their spread is what one variance would give). */
  readonly alike: boolean;
  /** Of what a seed does to every row alike, which differences between rows don't have. */
  readonly common: Variance;
}

/** What is assumed of seed noise before any is seen, with the weight of so many degrees of freedom. */
export interface SeedNoisePrior {
  /** Variance of one seed in one row. */
  readonly own: number;
  /** Variance of what a seed does to every row alike. */
  readonly common: number;
  readonly df: number;
}

/**
 * A weakly informative prior of seed noise: three times the variance between the seeds' detectors that is noise of the
 * images, and .4 of that for the common part, with the weight of three degrees of freedom. It has no scale of its own, so it
 * fits any score. In the published bundle of 12 rows with five seeds the factors are 3.0 and .4 for AP, 4.3 and .35 for AP50,
 * and 1.5 to 2.1 for AP75, APs and APm.
 *
 * @param withinSeed variance over resampled images of what distinguishes seeds; see `NoiseParts`
 */
export function weakPrior(withinSeed: number): SeedNoisePrior | undefined {
  // Less is rounding: nothing was resampled.
  return withinSeed > 1e-20 ? { own: 3 * withinSeed, common: 1.2 * withinSeed, df: 3 } : undefined;
}

/**
 * Seed noise of R rows from a two-way fit without interaction, score = row + seed + rest. With two or three seeds a row's
 * own variance is worth little, so rows lend each other theirs as far as they are alike: the moderated variance of G. K.
 * Smyth, "Linear models and empirical Bayes methods for assessing differential expression" (2004), sections 4 and 6.2.
 * A row of one seed gets what the others suggest. One or two degrees of freedom in all would leave any noise possible: a
 * prior adds its own.
 *
 * @returns undefined where no row has two seeds
 */
export function seedNoise(rows: readonly SeededScores[], assumed?: SeedNoisePrior): SeedNoise | undefined {
  const several = rows.filter(({ seeds }) => seeds.length > 1);
  if (several.length === 0) return undefined;
  const seeds = [...new Set(several.flatMap((row) => row.seeds))];
  const count = several.reduce((sum, row) => sum + row.seeds.length, 0);
  const within = count - several.length;
  const shared = several.length === 1 ? 0 : seeds.length - 1;
  // Rows that share no seed with others leave nothing for a rest: then everything counts as the row's own.
  const additive = shared > 0 && within - shared > 0 ? shared : 0;
  const { effects, rest } = fit(several, additive > 0);
  const measured = within - additive;
  const df = measured + (assumed?.df ?? 0);
  const pooled = (sumOf(rest.map(sumOfSquares)) + (assumed ? assumed.df * assumed.own : 0)) / df;
  const own = several.map((row, r): Variance => {
    const rowDf = (row.seeds.length - 1) * (measured / within);
    return { variance: sumOfSquares(rest[r]!) / rowDf, df: rowDf };
  });
  const prior = priorOf(own, pooled);
  const moderated = (variance: number, rowDf: number): Variance => {
    if (prior.df === Infinity) return { variance: pooled, df };
    const weight = prior.df + rowDf;
    return { variance: (prior.df * prior.variance + rowDf * variance) / weight, df: Math.min(weight, df) };
  };
  return {
    rows: rows.map((row) => {
      const at = several.indexOf(row);
      return at < 0 ? moderated(0, 0) : moderated(own[at]!.variance, own[at]!.df);
    }),
    alike: prior.df === Infinity,
    common: commonNoise(
      [...effects.values()],
      { variance: pooled, df },
      count / seeds.length,
      additive,
      assumed,
    ),
  };
}

/**
 * From the mean square between seeds, rowsEach · common + rest. Its degrees of freedom are those of a row's whole seed
 * noise (F. E. Satterthwaite, "An approximate distribution of estimates of variance components", 1946): few where the
 * common part is most of it, many where it is a trifle.
 */
function commonNoise(
  effects: readonly number[],
  rest: Variance,
  rowsEach: number,
  measured: number,
  assumed: SeedNoisePrior | undefined,
): Variance {
  if (measured === 0) return { variance: 0, df: 0 };
  const df = measured + (assumed?.df ?? 0);
  const expected = assumed ? assumed.df * (rowsEach * assumed.common + rest.variance) : 0;
  const between = (rowsEach * sumOfSquares(effects) + expected) / df;
  const others = (rowsEach - 1) * rest.variance;
  return {
    variance: Math.max(0, (between - rest.variance) / rowsEach),
    df: (between + others) ** 2 / (between ** 2 / df + others ** 2 / rest.df),
  };
}

/** Least squares by turns: rows and seeds are few, and nearly balanced. */
function fit(rows: readonly SeededScores[], additive: boolean) {
  const effects = new Map<number, number>(rows.flatMap(({ seeds }) => seeds.map((seed) => [seed, 0])));
  const residuals = () =>
    rows.map(({ seeds, scores }) => {
      const left = scores.map((score, at) => score - effects.get(seeds[at]!)!);
      const mean = sumOf(left) / left.length;
      return left.map((value) => value - mean);
    });
  for (let turn = 0; additive && turn < 100; turn++) {
    const rest = residuals();
    let moved = 0;
    for (const seed of effects.keys()) {
      const values = rows.flatMap(({ seeds }, r) => {
        const at = seeds.indexOf(seed);
        return at < 0 ? [] : [rest[r]![at]!];
      });
      const step = sumOf(values) / values.length;
      effects.set(seed, effects.get(seed)! + step);
      moved = Math.max(moved, Math.abs(step));
    }
    if (moved < 1e-12) break;
  }
  const mean = sumOf([...effects.values()]) / effects.size;
  for (const [seed, effect] of effects) effects.set(seed, effect - mean);
  return { effects, rest: residuals() };
}

/** Smyth's prior, from the spread of the rows' variances. */
function priorOf(own: readonly Variance[], pooled: number): Variance {
  const alike = { variance: pooled, df: Infinity };
  if (!(pooled > 0) || own.length < 3) return alike;
  const samples = own.map(({ variance, df }) => ({ variance, dof: df }));
  const fitted = fitInverseChiSquared(samples, pooled * 1e-6);
  return fitted === undefined ? alike : { variance: fitted.variance, df: fitted.dof };
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const sumOfSquares = (values: readonly number[]): number => sumOf(values.map((value) => value * value));
