import { createRandom } from '../../src/contract/random';
import { accumulate, summarise, type MatchRecords } from '../../src/evaluation';
import { resample } from '../../src/evaluation/resample';
import { resampleWeights } from '../../src/statistics/bootstrap/image-resamples';
import type { ScoredRun } from '../../src/statistics/bootstrap/joint-replicates';
import { detect, type Images, trueScores } from './made-detectors';

const RESAMPLES = 400;
/** Standard deviations of a detector's quality between seeds: its own, and that of all rows alike. */
export const SEED_SPREAD = 0.12;
export const COMMON_SPREAD = 0.06;

const scoreOf = (records: MatchRecords): number => summarise(accumulate(records, { areas: [0] })).AP!;
/** AP of a quality on endlessly many images. */
export const trueScore = trueScores(scoreOf);

const sampler = createRandom('seeds of the truth');
const normals = Array.from({ length: 4000 }, () => sampler.normal());
const spread = Math.hypot(SEED_SPREAD, COMMON_SPREAD);

/** The same over endlessly many seeds. */
export function meanOverSeeds(quality: number): number {
  return normals.reduce((sum, z) => sum + trueScore(quality + spread * z), 0) / normals.length;
}

/** A detector of a quality, scored on images. */
export function measured(
  images: Images,
  quality: number,
  seed: number,
  random: Parameters<typeof detect>[2],
): ScoredRun {
  const records = detect(images, quality, random);
  const { AP } = resample(records, resampleWeights(records.imageIds), RESAMPLES, [0]);
  return { seed, score: scoreOf(records), resamples: AP };
}

/** Counts how often something holds. */
export class Held<Name extends string> {
  private readonly counts = new Map<Name, { held: number; tried: number }>();

  add(name: Name, holds: boolean): void {
    const { held, tried } = this.counts.get(name) ?? { held: 0, tried: 0 };
    this.counts.set(name, { held: held + (holds ? 1 : 0), tried: tried + 1 });
  }

  percent(name: Name): string {
    const { held, tried } = this.counts.get(name) ?? { held: 0, tried: 0 };
    return tried === 0 ? '–' : `${((100 * held) / tried).toFixed(1)} % (${tried})`;
  }
}
