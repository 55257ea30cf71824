import type { Effect, IdentifiedEffect, EffectStep } from './effects';
import type { MissingCell } from './grid';

/** `imagenet − random`; of an interaction `imagenet − random, at s4 − at s1`. */
export function nameOfEffect(steps: readonly EffectStep[]): string {
  const [first, second] = steps;
  const main = `${first!.level} − ${first!.against}`;
  return second === undefined ? main : `(${main}) at ${second.level} − at ${second.against}`;
}

/** What the interval is made of, as a word for a column. */
export const noiseWords: Readonly<Record<IdentifiedEffect['seedNoise'], string>> = {
  measured: 'seeds',
  borrowed: 'seeds, borrowed',
  missing: 'no seeds',
};

export function noiseOf({ noise, seedNoise, imageSe }: IdentifiedEffect): string {
  if (noise === undefined) return 'unknown';
  const images = imageSe === undefined ? undefined : 'images';
  return (
    [seedNoise === 'missing' ? undefined : noiseWords[seedNoise], images].filter(Boolean).join(' + ') ||
    'none'
  );
}

/** Cells that some effect would have needed, each once. */
export function missingCells(effects: readonly Effect[]): MissingCell[] {
  const cells = effects.flatMap(({ leftOut }) => leftOut.flatMap(({ missing }) => missing));
  return [...new Map(cells.map((each) => [JSON.stringify(each.cell), each])).values()];
}
