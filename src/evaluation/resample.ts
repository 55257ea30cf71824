import { type MatchRecords } from './match';
import { AREA_RANGES, IOU_THRESHOLDS, RECALL_LEVELS } from './parameters';
import { summariseAveragePrecision, type PrecisionStats } from './summarise';

const THRESHOLDS = IOU_THRESHOLDS.length;
const LEVELS = RECALL_LEVELS.length;

/** How often each image is drawn in resample b, in the order of `records.imageIds`. */
export type ImageDraw = (b: number) => Uint16Array;

/** [B] each; NaN where no truth of a resample falls into the slice. */
export type ResampledStats = Readonly<Record<keyof PrecisionStats, Float64Array>>;

/**
 * AP of B resamples of the images, each what `accumulate` gives with the same weights, but for rounding. Nothing is matched
 * again: what does not depend on the weights (who is a false positive where, in which order) is laid out once, so that a
 * resample is one pass over the detections down to the last true positive of each category.
 *
 * @param areas indices into `AREA_RANGES`; the numbers of the others are NaN. Default all
 */
export function resample(
  records: MatchRecords,
  draw: ImageDraw,
  count: number,
  areas: readonly number[] = AREA_RANGES.map((_, a) => a),
): ResampledStats {
  const categories = records.categoryIds.length;
  const layouts = areas.map((a) => ({ a, slices: slicesOf(records, a) }));
  const sweep = new Sweep(Math.max(0, ...layouts.flatMap(({ slices }) => slices.map(mostOf))));
  const empty = () => new Float64Array(count).fill(NaN);
  const stats = { AP: empty(), AP50: empty(), AP75: empty(), APs: empty(), APm: empty(), APl: empty() };
  const averagePrecision = new Float64Array(AREA_RANGES.length * categories * THRESHOLDS);
  for (let b = 0; b < count; b++) {
    const weights = draw(b);
    averagePrecision.fill(NaN);
    for (const { a, slices } of layouts) {
      slices.forEach((slice, k) =>
        sweep.run(slice, weights, averagePrecision, (a * categories + k) * THRESHOLDS),
      );
    }
    for (const [name, value] of Object.entries(summariseAveragePrecision(averagePrecision, categories))) {
      if (value !== null) stats[name as keyof PrecisionStats][b] = value;
    }
  }
  return stats;
}

/** A category in one area range, laid out for sweeping by falling score. */
interface Slice {
  readonly truthImage: Int32Array;
  /** Images of the detections that are false at every threshold, and where those before segment s end. */
  readonly alwaysFalse: Int32Array;
  readonly segmentEnd: Int32Array;
  /** By threshold: the other detections, false ones before true ones where scores are equal. */
  readonly events: readonly Events[];
}

interface Events {
  /** 2 · image, plus 1 where the detection is a true positive: branches on what is as good as random cost most here. */
  readonly code: Int32Array;
  readonly segment: Int32Array;
}

const mostOf = ({ events }: Slice): number => Math.max(...events.map(({ code }) => code.length));

function slicesOf(records: MatchRecords, a: number): Slice[] {
  return records.categoryIds.map((_, k) => sliceOf(records, k, a));
}

function sliceOf(records: MatchRecords, k: number, a: number): Slice {
  const { image, score, start, truthStart, truthImage, truthCounts } = records;
  const inOrder = records.tieRule === 'pycocotools';
  const truePositive = records.truePositive.subarray(a * records.count, (a + 1) * records.count);
  const falsePositive = records.falsePositive.subarray(a * records.count, (a + 1) * records.count);
  let last = start[k + 1]! - 1;
  while (last >= start[k]! && truePositive[last] === 0) last--;

  const alwaysFalse: number[] = [];
  const segmentEnd: number[] = [];
  const events = IOU_THRESHOLDS.map(() => ({ code: [] as number[], segment: [] as number[] }));
  const add = (bits: number, code: number): void => {
    for (let t = 0; bits >> t !== 0; t++) {
      if (((bits >> t) & 1) === 0) continue;
      events[t]!.code.push(code);
      events[t]!.segment.push(segmentEnd.length);
    }
  };
  // Detections of equal score enter the curve at once, the last of them included.
  for (let from = start[k]!; from <= last;) {
    let to = from + 1;
    if (!inOrder) while (to < start[k + 1]! && score[to] === score[from]) to++;
    let anyTrue = false;
    for (let d = from; d < to; d++) {
      anyTrue ||= truePositive[d] !== 0;
      if (falsePositive[d] === (1 << THRESHOLDS) - 1) alwaysFalse.push(image[d]!);
      else add(falsePositive[d]!, 2 * image[d]!);
    }
    if (anyTrue) {
      for (let d = from; d < to; d++) add(truePositive[d]!, 2 * image[d]! + 1);
      segmentEnd.push(alwaysFalse.length);
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
    segmentEnd: Int32Array.from(segmentEnd),
    events: events.map(({ code, segment }) => ({
      code: Int32Array.from(code),
      segment: Int32Array.from(segment),
    })),
  };
}

class Sweep {
  /** Points of the curve: weight of the true positives, and of all detections, so far. */
  private readonly found: Int32Array;
  private readonly all: Int32Array;
  /** Least weight that reaches each recall level. */
  private readonly needed = new Int32Array(LEVELS);
  private falseBefore = new Int32Array(16);

  constructor(capacity: number) {
    this.found = new Int32Array(capacity + 1);
    this.all = new Int32Array(capacity + 1);
  }

  /** Writes AP at each threshold to `into` from `at` on; leaves it alone where no truth was drawn. */
  run(slice: Slice, weights: Uint16Array, into: Float64Array, at: number): void {
    const { truthImage, events } = slice;
    let positives = 0;
    for (let n = 0; n < truthImage.length; n++) positives += weights[truthImage[n]!]!;
    if (positives === 0) return;
    this.countFalse(slice, weights);
    this.findLevels(positives);
    for (let t = 0; t < THRESHOLDS; t++) into[at + t] = this.averagePrecision(events[t]!, weights);
  }

  private countFalse({ alwaysFalse, segmentEnd }: Slice, weights: Uint16Array): void {
    // One more: false positives after the last segment have no point of their own.
    if (this.falseBefore.length <= segmentEnd.length) {
      this.falseBefore = new Int32Array(2 * segmentEnd.length + 1);
    }
    const { falseBefore } = this;
    let sum = 0;
    let d = 0;
    for (let s = 0; s < segmentEnd.length; s++) {
      const end = segmentEnd[s]!;
      for (; d < end; d++) sum = (sum + weights[alwaysFalse[d]!]!) | 0;
      falseBefore[s] = sum;
    }
  }

  /** Weights are whole numbers, so that a level is reached from some whole number on: found / positives ≥ level. */
  private findLevels(positives: number): void {
    const { needed } = this;
    for (let level = 0; level < LEVELS; level++) {
      const recall = RECALL_LEVELS[level]!;
      let least = Math.ceil(recall * positives);
      while (least > 0 && (least - 1) / positives >= recall) least--;
      while (least / positives < recall) least++;
      needed[level] = least;
    }
  }

  private averagePrecision({ code, segment }: Events, weights: Uint16Array): number {
    const { found, all, needed, falseBefore } = this;
    let points = 0;
    let truePositives = 0;
    let others = 0;
    for (let e = 0; e < code.length; e++) {
      const isTrue = code[e]! & 1;
      const weight = weights[code[e]! >> 1]!;
      truePositives = (truePositives + (weight & -isTrue)) | 0;
      others = (others + weight) | 0;
      // Written for false positives too, and overwritten by what comes next.
      found[points] = truePositives;
      all[points] = others + falseBefore[segment[e]!]!;
      points += isTrue;
    }
    let level = LEVELS - 1;
    let best = 0;
    let sum = 0;
    for (let point = points - 1; point >= 0; point--) {
      const here = found[point]!;
      while (level >= 0 && needed[level]! > here) {
        sum += best;
        level--;
      }
      // 0 / 0 before the first image that was drawn: here is 0 as well, and so is its precision.
      best = Math.max(best, here / Math.max(all[point]!, 1));
    }
    return (sum + best * (level + 1)) / LEVELS;
  }
}
