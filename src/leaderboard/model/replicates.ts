/** Values of the same number over several seeds. */
export interface Spread {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** `null` where there is no value, or where one is not known: a mean over some of the seeds would be of another thing. */
export function spreadOf(values: readonly (number | null | undefined)[]): Spread | null {
  if (values.length === 0) return null;
  const known = values.filter((value): value is number => typeof value === 'number');
  if (known.length < values.length) return null;
  return {
    mean: known.reduce((sum, value) => sum + value, 0) / known.length,
    min: Math.min(...known),
    max: Math.max(...known),
    count: known.length,
  };
}

/** Gives each value its rank from 1, the largest first; equal values share the best of their ranks. */
export function ranksOf(values: readonly number[]): number[] {
  const ranks = new Map<number, number>();
  // The difference of two infinite values is not 0 but NaN.
  const sorted = [...values].sort((a, b) => (a === b ? 0 : b - a));
  for (const [index, value] of sorted.entries()) if (!ranks.has(value)) ranks.set(value, index + 1);
  return values.map((value) => ranks.get(value)!);
}
