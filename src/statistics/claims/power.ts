import type { Element } from './elements';
import type { Estimate } from '../effects/contrast';
import { type Noise, standardError, upperTail } from '../effects/noise';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';

/** Chance with which the seeds asked for are to give a verdict, if the difference is what it seems. */
export const POWER = 0.8;
const MOST_SEEDS = 1000;

/**
 * What would decide: more seeds (how many beside those that are there), more validation images, because their noise
 * alone hides the difference however many seeds there are, or nobody knows.
 */
export type Remedy =
  | { readonly kind: 'seeds'; readonly more: number }
  | { readonly kind: 'images'; readonly times: number }
  | { readonly kind: 'nothing'; readonly why: 'on-the-border' | 'seed-noise-unknown' };

/** Distance to the nearest border of the claimed region, and whether the estimate lies inside. */
export function distanceToBorder(
  { region }: Element,
  estimate: number,
): { inside: boolean; distance: number } {
  const inside = estimate > region.low && estimate < region.high;
  return { inside, distance: Math.min(Math.abs(estimate - region.low), Math.abs(region.high - estimate)) };
}

/**
 * Seeds for which a one-sided test at `level` sees the distance with the chance `POWER`. The seeds' part of the variance
 * falls as 1/n, that of the images stays.
 */
export function remedyFor(estimate: Estimate, distance: number, level: number): Remedy {
  const { noise, seeds, seedNoise } = estimate;
  if (noise === undefined || seedNoise === 'missing') return { kind: 'nothing', why: 'seed-noise-unknown' };
  const reach = normalQuantile(1 - level, 0, 1) + normalQuantile(POWER, 0, 1);
  if (distance < 1e-9) return { kind: 'nothing', why: 'on-the-border' };
  if (reach * noise.imageSe >= distance) {
    return { kind: 'images', times: ((reach * noise.imageSe) / distance) ** 2 };
  }
  const enough = (count: number) => {
    const later: Noise = {
      imageSe: noise.imageSe,
      seedSe: noise.seedSe * Math.sqrt(seeds.length / count),
      dof: noise.dof + count - seeds.length,
    };
    return upperTail(later, distance - normalQuantile(POWER, 0, 1) * standardError(later)) <= level;
  };
  let [low, high] = [seeds.length, seeds.length + 1];
  while (!enough(high)) {
    if (high >= MOST_SEEDS) return { kind: 'seeds', more: Infinity };
    [low, high] = [high, Math.min(MOST_SEEDS, 2 * high)];
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return { kind: 'seeds', more: high - seeds.length };
}

/** The remedy that is enough for all of several differences. */
export function hardest(remedies: readonly Remedy[]): Remedy | undefined {
  return [...remedies].sort((a, b) => effort(b) - effort(a))[0];
}

export function easiest(remedies: readonly Remedy[]): Remedy | undefined {
  return [...remedies].sort((a, b) => effort(a) - effort(b))[0];
}

function effort(remedy: Remedy): number {
  if (remedy.kind === 'seeds') return Math.min(remedy.more, MOST_SEEDS);
  return remedy.kind === 'images' ? 1e6 * remedy.times : Infinity;
}
