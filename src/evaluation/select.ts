import { picked } from '../core/coco/columns';
import { type MatchRecords } from './match';

/** Records of the detections d for which `keep(d)` holds; matching is greedy by score, so a cut by score stays valid. */
export function selectDetections(records: MatchRecords, keep: (detection: number) => boolean): MatchRecords {
  const kept: number[] = [];
  const start = new Int32Array(records.start.length);
  for (let k = 0; k < records.categoryIds.length; k++) {
    for (let d = records.start[k]!; d < records.start[k + 1]!; d++) if (keep(d)) kept.push(d);
    start[k + 1] = kept.length;
  }
  const inAllAreas = records.parameters.areaRanges.flatMap((_, a) => kept.map((d) => a * records.count + d));
  return {
    ...records,
    count: kept.length,
    start,
    row: picked(records.row, kept),
    score: picked(records.score, kept),
    image: picked(records.image, kept),
    rank: picked(records.rank, kept),
    taken: picked(records.taken, kept),
    near: picked(records.near, kept),
    truePositive: picked(records.truePositive, inAllAreas),
    falsePositive: picked(records.falsePositive, inAllAreas),
  };
}

/** Weights that let only the images count for which `keep(index)` holds: AP of a slice of the images. */
export function imageWeights(records: MatchRecords, keep: (image: number) => boolean): Float64Array {
  return Float64Array.from(records.imageIds, (_, image) => (keep(image) ? 1 : 0));
}

export type Outcome = 'true-positive' | 'false-positive' | 'ignored';

/** What detection d is at IoU threshold t in the first area range. */
export function outcome(records: MatchRecords, d: number, t = 0): Outcome {
  if ((records.truePositive[d]! >> t) & 1) return 'true-positive';
  return (records.falsePositive[d]! >> t) & 1 ? 'false-positive' : 'ignored';
}
