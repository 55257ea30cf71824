import digamma from '@stdlib/math-base-special-digamma';
import trigamma from '@stdlib/math-base-special-trigamma';
import { meanOf } from './intervals';

/** A variance measured with few degrees of freedom. */
export interface VarianceSample {
  readonly variance: number;
  readonly dof: number;
}

/** Distribution of many variances, for one that is known poorly or not at all. */
export interface VariancePrior {
  readonly variance: number;
  /** How alike they are: `Infinity` where they differ no more than by chance. */
  readonly dof: number;
  /** Degrees of freedom of all samples together. */
  readonly total: number;
}

/** Fewer samples, or fewer degrees of freedom in all, say nothing about how variances differ. */
const LEAST_SAMPLES = 3;
const LEAST_DOF = 4;

/**
 * Scaled inverse-χ² prior of variances, by the moments of their logarithms: Smyth 2004, "Linear models and empirical
 * Bayes methods for assessing differential expression", section 6.2 (limma's `fitFDist`).
 *
 * @param redundancy how many samples say what one independent sample would
 * @returns undefined where the samples are too few
 */
export function variancePrior(samples: readonly VarianceSample[], redundancy = 1): VariancePrior | undefined {
  const known = samples.filter(({ dof }) => dof > 0);
  const sum = known.reduce((all, { dof }) => all + dof, 0);
  const total = sum / redundancy;
  if (known.length < LEAST_SAMPLES || total < LEAST_DOF) return undefined;
  const sorted = known.map(({ variance }) => variance).sort((a, b) => a - b);
  const floor = 1e-5 * sorted[Math.floor(sorted.length / 2)]!;
  if (floor === 0) return { variance: meanOf(sorted), dof: 0, total };
  const fitted = fitInverseChiSquared(known, floor);
  if (fitted !== undefined) return { ...fitted, total };
  const pooled = known.reduce((all, { variance, dof }) => all + variance * dof, 0) / sum;
  return { variance: pooled, dof: Infinity, total };
}

/**
 * The scaled inverse-χ² distribution whose logarithms have the samples' mean and spread.
 *
 * @param samples three or more
 * @param least taken for smaller variances, whose logarithms would outweigh all others
 * @returns undefined where they are spread no more than chance would have it
 */
export function fitInverseChiSquared(
  samples: readonly VarianceSample[],
  least: number,
): VarianceSample | undefined {
  const logs = samples.map(
    ({ variance, dof }) => Math.log(Math.max(variance, least)) - digamma(dof / 2) + Math.log(dof / 2),
  );
  const centre = meanOf(logs);
  const spread = logs.reduce((all, value) => all + (value - centre) ** 2, 0) / (logs.length - 1);
  const excess = spread - meanOf(samples.map(({ dof }) => trigamma(dof / 2)));
  if (excess <= 0) return undefined;
  const dof = 2 * inverseTrigamma(excess);
  return { variance: Math.exp(centre + digamma(dof / 2) - Math.log(dof / 2)), dof };
}

/** A variance shrunk towards its prior; without a sample (dof 0) it is that of the prior. */
export function shrunk(sample: VarianceSample, prior: VariancePrior | undefined): VarianceSample {
  if (prior === undefined) return sample;
  const dof = Math.min(sample.dof + prior.dof, Math.max(sample.dof, prior.total));
  const variance =
    prior.dof === Infinity
      ? prior.variance
      : (sample.dof * sample.variance + prior.dof * prior.variance) / (sample.dof + prior.dof || 1);
  return { variance, dof };
}

/** Trigamma falls from ∞ to 0: bisection on a logarithmic scale. */
function inverseTrigamma(value: number): number {
  let [low, high] = [-20, 20];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (trigamma(Math.exp(middle)) > value) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}
