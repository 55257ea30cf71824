import { type MatchRecords } from './match';

/** Records of the detections d for which `keep(d)` holds; matching is greedy by score, so a cut by score stays valid. */
export function selectDetections(records: MatchRecords, keep: (detection: number) => boolean): MatchRecords {
  const kept: number[] = [];
  const start = new Int32Array(records.start.length);
  for (let k = 0; k < records.categoryIds.length; k++) {
    for (let d = records.start[k]!; d < records.start[k + 1]!; d++) if (keep(d)) kept.push(d);
    start[k + 1] = kept.length;
  }
  const bits = (all: Uint16Array): Uint16Array => {
    const areas = records.parameters.areaRanges.length;
    const selected = new Uint16Array(areas * kept.length);
    for (let a = 0; a < areas; a++) {
      kept.forEach((d, at) => (selected[a * kept.length + at] = all[a * records.count + d]!));
    }
    return selected;
  };
  return {
    ...records,
    count: kept.length,
    start,
    row: Int32Array.from(kept, (d) => records.row[d]!),
    score: Float64Array.from(kept, (d) => records.score[d]!),
    image: Int32Array.from(kept, (d) => records.image[d]!),
    rank: Uint16Array.from(kept, (d) => records.rank[d]!),
    taken: Int32Array.from(kept, (d) => records.taken[d]!),
    near: Uint8Array.from(kept, (d) => records.near[d]!),
    truePositive: bits(records.truePositive),
    falsePositive: bits(records.falsePositive),
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
