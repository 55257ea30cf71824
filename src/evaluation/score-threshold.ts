import type { LabelQuality } from './pseudo-label-quality';

/** From 0.05 to 0.95 in steps of 0.01. */
export const CANDIDATE_THRESHOLDS: readonly number[] = Array.from({ length: 91 }, (_, i) => (i + 5) / 100);

/**
 * A score threshold for pseudo-labels, from the precision and recall that detections have on held-out images at
 * `CANDIDATE_THRESHOLDS`: the one with the best F1 or, where a precision is asked for, the lowest that reaches it (where
 * none does, the one of the best precision). Of equals the higher one.
 *
 * @returns `undefined` where no detection is right, at any threshold
 */
export function chooseScoreThreshold(
  qualities: readonly Pick<LabelQuality, 'scoreThreshold' | 'precision' | 'f1'>[],
  precision?: number,
): number | undefined {
  const found = qualities.filter(({ f1 }) => f1 !== null);
  if (found.length === 0) return undefined;
  if (precision === undefined) return best(found, ({ f1 }) => f1!);
  const precise = found.filter((quality) => quality.precision! >= precision);
  return precise.length > 0
    ? Math.min(...precise.map(({ scoreThreshold }) => scoreThreshold))
    : best(found, (quality) => quality.precision!);
}

function best<Quality extends { readonly scoreThreshold: number }>(
  qualities: readonly Quality[],
  value: (quality: Quality) => number,
): number {
  const top = Math.max(...qualities.map(value));
  return Math.max(...qualities.filter((q) => value(q) === top).map(({ scoreThreshold }) => scoreThreshold));
}
