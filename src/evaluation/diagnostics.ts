import { accumulate, type Accumulated } from './accumulate';
import { type MatchRecords } from './match';
import { imageWeights, outcome } from './select';
import { categoryDefinitions, type CategoryStats, scoreOf, type Stats, summarise } from './summarise';
import { type CocoCategory } from './types';

export interface ImageDiagnosis {
  imageId: number;
  truth: number;
  truePositives: number;
  falsePositives: number;
  missed: number;
  /** Harmonic mean of precision and recall; null without truth and detections. */
  f1: number | null;
}

/** What was found at the first IoU threshold in each image, among detections of at least `scoreThreshold`. */
export function perImage(records: MatchRecords, scoreThreshold = 0.3): ImageDiagnosis[] {
  const images = records.imageIds.map((imageId) => ({
    imageId,
    truth: 0,
    truePositives: 0,
    falsePositives: 0,
  }));
  for (let n = 0; n < records.truthImage.length; n++) {
    if (records.truthCounts[n]! & 1) images[records.truthImage[n]!]!.truth++;
  }
  for (let d = 0; d < records.count; d++) {
    if (records.score[d]! < scoreThreshold) continue;
    const image = images[records.image[d]!]!;
    const is = outcome(records, d);
    if (is === 'true-positive') image.truePositives++;
    else if (is === 'false-positive') image.falsePositives++;
  }
  return images.map((image) => {
    const all = image.truth + image.truePositives + image.falsePositives;
    return {
      ...image,
      missed: image.truth - image.truePositives,
      f1: all === 0 ? null : (2 * image.truePositives) / all,
    };
  });
}

export interface SubsetStats {
  name: string;
  images: number;
  stats: Stats;
}

/** Most objects of an image in each slice of `byCrowding`, inclusive. */
const CROWDING_LIMITS = [0, 1, 4, 9, Infinity];

/** The scores of images with 0, 1, 2–4, 5–9, 10 and more objects (without crowds). */
export function byCrowding(records: MatchRecords): SubsetStats[] {
  const objects = perImage(records).map(({ truth }) => truth);
  return CROWDING_LIMITS.map((most, index) => {
    const least = index === 0 ? 0 : CROWDING_LIMITS[index - 1]! + 1;
    const inside = (image: number): boolean => objects[image]! >= least && objects[image]! <= most;
    const name = most === Infinity ? `${least}+` : least === most ? String(most) : `${least}–${most}`;
    const weights = imageWeights(records, inside);
    return {
      name,
      images: weights.reduce((sum, weight) => sum + weight, 0),
      stats: summarise(accumulate(records, { weights })),
    };
  });
}

/** Means over the categories of each supercategory that have truth. */
export function byCategoryGroup(
  categories: readonly CocoCategory[],
  accumulated: Accumulated,
): Record<string, CategoryStats> {
  const groups = new Map<string, number[]>();
  categories.forEach((category, k) => {
    const name = category.supercategory ?? category.name ?? String(category.id);
    groups.set(name, [...(groups.get(name) ?? []), k]);
  });
  const scores = categoryDefinitions(accumulated.parameters);
  const meansOf = (members: readonly number[]) =>
    scores.map((score) => [score.name, meanOf(members.map((k) => scoreOf(accumulated, score, k)))]);
  return Object.fromEntries(
    [...groups].map(([name, members]) => [name, Object.fromEntries(meansOf(members)) as CategoryStats]),
  );
}

function meanOf(values: (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : present.reduce((sum, value) => sum + value, 0) / present.length;
}
