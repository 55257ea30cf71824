import normalCdf from '@stdlib/stats-base-dists-normal-cdf';

/** What an estimate's error is made of: T(dof) · seedSe + Z · imageSe, independent. */
export interface Noise {
  /** Standard error by the seeds, in the estimate's unit. */
  readonly seedSe: number;
  /** Degrees of freedom of `seedSe`; `Infinity` where it is as good as known. */
  readonly dof: number;
  /** Standard error by the validation images (bootstrap). */
  readonly imageSe: number;
}

/** ln weight below which a point of the mixture is left out. */
const DEPTH = -32;

/**
 * P(error > x): the Behrens–Fisher tail of a Student and a normal error. The seeds' error is normal given its
 * χ²-distributed variance, so the tail is a mixture of normal tails over y = ln(χ²/dof), whose integrand is smooth: the
 * trapezium rule is exact to rounding. Exact for seeds alone (Student) and images alone (normal); between them it errs
 * on the safe side (Robinson 1976, "Properties of Student's t and of the Behrens–Fisher solution").
 */
export function upperTail(noise: Noise, x: number): number {
  if (x < 0) return 1 - upperTail(noise, -x);
  const { seedSe, dof, imageSe } = noise;
  if (seedSe === 0 || dof === Infinity) return normalTail(x, Math.hypot(seedSe, imageSe));
  const half = dof / 2;
  const step = Math.min(0.25, 0.35 * Math.sqrt(2 / dof));
  let weights = 0;
  let tail = 0;
  for (const direction of [-1, 1]) {
    for (let k = direction < 0 ? 0 : 1; ; k++) {
      const y = direction * k * step;
      const exponent = half * (y - Math.exp(y) + 1);
      if (exponent < DEPTH) break;
      const weight = Math.exp(exponent);
      weights += weight;
      tail += weight * normalTail(x, Math.sqrt(seedSe ** 2 * Math.exp(-y) + imageSe ** 2));
    }
  }
  return tail / weights;
}

/** The x with P(error > x) = p, for p ≤ ½. */
export function upperQuantile(noise: Noise, p: number): number {
  const scale = standardError(noise);
  if (scale === 0) return 0;
  // False position on the tail's logarithm, which is nearly straight; the Illinois rule keeps both ends moving.
  const excess = (x: number) => Math.log(upperTail(noise, x) / p);
  let low = { x: 0, value: Math.log(0.5 / p) };
  let high = { x: 2 * scale, value: excess(2 * scale) };
  while (high.value > 0 && high.x < 1e12 * scale) {
    low = high;
    high = { x: 2 * high.x, value: excess(2 * high.x) };
  }
  for (let i = 0; i < 60 && high.x - low.x > 1e-7 * scale; i++) {
    const x = (low.x * high.value - high.x * low.value) / (high.value - low.value);
    const value = excess(x);
    if (Math.abs(value) < 1e-9) return x;
    if (value > 0) {
      low = { x, value };
      high.value /= 2;
    } else {
      high = { x, value };
      low.value /= 2;
    }
  }
  return (low.x + high.x) / 2;
}

/** Half the width of the interval that holds the truth with the given probability. */
export function halfWidth(noise: Noise, confidence: number): number {
  return upperQuantile(noise, (1 - confidence) / 2);
}

export function standardError({ seedSe, imageSe }: Noise): number {
  return Math.hypot(seedSe, imageSe);
}

function normalTail(x: number, sigma: number): number {
  if (sigma === 0) return x > 0 ? 0 : 0.5;
  return normalCdf(-x / sigma, 0, 1);
}

/** Of K intervals together at this confidence, that of each: Šidák's, valid for correlated normal and Student errors. */
export function simultaneousConfidence(confidence: number, count: number): number {
  return confidence ** (1 / Math.max(1, count));
}

/** Šidák's correction of one of K p-values. */
export function simultaneousP(p: number, count: number): number {
  // 1 − (1 − p)^K without loss of digits.
  return -Math.expm1(count * Math.log1p(-p));
}

/** Holm's step-down correction (1979), in the order of the input: the chance of any false verdict stays below the level. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}
