import { type MatchRecords } from './match';
import { ALL_THRESHOLDS, IOU_THRESHOLDS } from './parameters';

/** Detections and truth of a category in one area range, laid out for sweeping by falling score. */
export interface PrecisionRecallInput {
  readonly truthImage: Int32Array;
  /** Images of the detections that are false at every threshold: most of them. */
  readonly alwaysFalse: Int32Array;
  /** Images of the other detections down to the last true positive. */
  readonly image: Int32Array;
  /** How many of `alwaysFalse` come before each of the others. */
  readonly before: Int32Array;
  /** By threshold. */
  readonly events: readonly Events[];
}

/** Places in a slice, ascending; what is in neither list is a false positive. */
export interface Events {
  /** Of true positives. */
  readonly places: Int32Array;
  /** Of detections that count as neither. */
  readonly uncounted: Int32Array;
}

/** AP of slices as the images are drawn anew, for as many resamples at once as there are lanes. */
export interface ResampledPrecision {
  readonly lanes: number;
  /** Weight of each image in the resample of a lane; they are read until they are set again. */
  setWeights(lane: number, weights: Uint16Array): void;
  /** AP at [lane · thresholds + t], NaN where no truth was drawn; the same array at each call. */
  averagePrecision(slice: number): Float64Array;
}

/** The slice of category k and area range a. */
export function precisionRecallInput(records: MatchRecords, k: number, a: number): PrecisionRecallInput {
  const { image, score, start, truthStart, truthImage, truthCounts } = records;
  const inOrder = records.tieRule === 'pycocotools';
  const truePositive = records.truePositive.subarray(a * records.count, (a + 1) * records.count);
  const falsePositive = records.falsePositive.subarray(a * records.count, (a + 1) * records.count);
  let last = start[k + 1]! - 1;
  while (last >= start[k]! && truePositive[last] === 0) last--;

  const alwaysFalse: number[] = [];
  const others: { image: number; before: number }[] = [];
  const events = Array.from({ length: IOU_THRESHOLDS.length }, () => ({
    places: [] as number[],
    uncounted: [] as number[],
  }));
  const add = (d: number, isTrue: number, counts: number): void => {
    if (counts === 0) return;
    const place = others.push({ image: image[d]!, before: alwaysFalse.length }) - 1;
    events.forEach((own, t) => {
      if ((isTrue >> t) & 1) own.places.push(place);
      else if (((counts >> t) & 1) === 0) own.uncounted.push(place);
    });
  };
  const mixed = (d: number): number => (falsePositive[d] === ALL_THRESHOLDS ? 0 : falsePositive[d]!);
  // Detections of equal score enter the curve at once: the false ones of them, wherever they stand, before the true ones.
  for (let from = start[k]!; from <= last;) {
    let to = from + 1;
    if (!inOrder) while (to < start[k + 1]! && score[to] === score[from]) to++;
    for (let d = from; d < to; d++) if (falsePositive[d] === ALL_THRESHOLDS) alwaysFalse.push(image[d]!);
    if (to === from + 1) add(from, truePositive[from]!, truePositive[from]! | mixed(from));
    else {
      for (let d = from; d < to; d++) add(d, 0, mixed(d));
      for (let d = from; d < to; d++) add(d, truePositive[d]!, truePositive[d]!);
    }
    from = to;
  }
  const counted: number[] = [];
  for (let n = truthStart[k]!; n < truthStart[k + 1]!; n++) {
    if ((truthCounts[n]! >> a) & 1) counted.push(truthImage[n]!);
  }
  return {
    truthImage: Int32Array.from(counted),
    alwaysFalse: Int32Array.from(alwaysFalse),
    image: Int32Array.from(others, (entry) => entry.image),
    before: Int32Array.from(others, (entry) => entry.before),
    events: events.map(({ places, uncounted }) => ({
      places: Int32Array.from(places),
      uncounted: Int32Array.from(uncounted),
    })),
  };
}
