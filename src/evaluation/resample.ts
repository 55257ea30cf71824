import { type MatchRecords } from './match';
import { ALL_THRESHOLDS, AREA_RANGES, IOU_THRESHOLDS, RECALL_LEVELS } from './parameters';
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
  const layouts = areas.map((a) => ({
    a,
    slices: records.categoryIds.map((_, k) => sliceOf(records, k, a)),
  }));
  const sweep = new Sweep(
    Math.max(0, ...layouts.flatMap(({ slices }) => slices.map(({ image }) => image.length))),
  );
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
  /** Images of the detections that are false at every threshold: most of them. */
  readonly alwaysFalse: Int32Array;
  /** The other detections down to the last true positive. */
  readonly image: Int32Array;
  /** Bit t: true positive at threshold t; bit t + `FALSE`: false positive. */
  readonly bits: Int32Array;
  /** How many of `alwaysFalse` come before. */
  readonly before: Int32Array;
}

/** Place of the bits for false positives. */
const FALSE = 16;

function sliceOf(records: MatchRecords, k: number, a: number): Slice {
  const { image, score, start, truthStart, truthImage, truthCounts } = records;
  const inOrder = records.tieRule === 'pycocotools';
  const truePositive = records.truePositive.subarray(a * records.count, (a + 1) * records.count);
  const falsePositive = records.falsePositive.subarray(a * records.count, (a + 1) * records.count);
  let last = start[k + 1]! - 1;
  while (last >= start[k]! && truePositive[last] === 0) last--;

  const alwaysFalse: number[] = [];
  const others: { image: number; bits: number; before: number }[] = [];
  // Detections of equal score enter the curve at once: the false ones of them, wherever they stand, before the true ones.
  for (let from = start[k]!; from <= last;) {
    let to = from + 1;
    if (!inOrder) while (to < start[k + 1]! && score[to] === score[from]) to++;
    for (let d = from; d < to; d++) if (falsePositive[d] === ALL_THRESHOLDS) alwaysFalse.push(image[d]!);
    const add = (d: number, bits: number): void => {
      if (bits !== 0) others.push({ image: image[d]!, bits, before: alwaysFalse.length });
    };
    const mixed = (d: number): number =>
      falsePositive[d] === ALL_THRESHOLDS ? 0 : falsePositive[d]! << FALSE;
    if (to === from + 1) add(from, truePositive[from]! | mixed(from));
    else {
      for (let d = from; d < to; d++) add(d, mixed(d));
      for (let d = from; d < to; d++) add(d, truePositive[d]!);
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
    bits: Int32Array.from(others, (entry) => entry.bits),
    before: Int32Array.from(others, (entry) => entry.before),
  };
}

/** No branch here depends on what is as good as random: mispredicted ones would cost more than all the rest. */
class Sweep {
  /** The detections whose image was drawn: weight, bits, and weight of those always false so far. */
  private readonly weight: Int32Array;
  private readonly bits: Int32Array;
  private readonly falseBefore: Int32Array;
  /** Points of the curve: weight of the true positives, and of all detections, so far. */
  private readonly found: Int32Array;
  private readonly all: Int32Array;
  /** Least weight that reaches each recall level. */
  private readonly needed = new Int32Array(LEVELS);

  constructor(capacity: number) {
    const make = () => new Int32Array(capacity + 1);
    [this.weight, this.bits, this.falseBefore, this.found, this.all] = [
      make(),
      make(),
      make(),
      make(),
      make(),
    ];
  }

  /** Writes AP at each threshold to `into` from `at` on; leaves it alone where no truth was drawn. */
  run(slice: Slice, weights: Uint16Array, into: Float64Array, at: number): void {
    const { truthImage } = slice;
    let positives = 0;
    for (let n = 0; n < truthImage.length; n++) positives += weights[truthImage[n]!]!;
    if (positives === 0) return;
    this.findLevels(positives);
    const drawn = this.pick(slice, weights);
    for (let t = 0; t < THRESHOLDS; t++) into[at + t] = this.averagePrecision(this.curve(t, drawn));
  }

  /** Keeps what was drawn; returns how many. */
  private pick({ alwaysFalse, image, bits, before }: Slice, weights: Uint16Array): number {
    let drawn = 0;
    let sum = 0;
    let d = 0;
    for (let e = 0; e < image.length; e++) {
      for (const end = before[e]!; d < end; d++) sum = (sum + weights[alwaysFalse[d]!]!) | 0;
      const weight = weights[image[e]!]!;
      this.weight[drawn] = weight;
      this.bits[drawn] = bits[e]!;
      this.falseBefore[drawn] = sum;
      drawn += -weight >>> 31;
    }
    return drawn;
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

  /** Lays out the points at a threshold; returns how many. */
  private curve(t: number, drawn: number): number {
    const { weight, bits, falseBefore, found, all } = this;
    let points = 0;
    let truePositives = 0;
    let falsePositives = 0;
    for (let e = 0; e < drawn; e++) {
      const isTrue = (bits[e]! >> t) & 1;
      const isFalse = (bits[e]! >> (t + FALSE)) & 1;
      truePositives = (truePositives + (weight[e]! & -isTrue)) | 0;
      falsePositives = (falsePositives + (weight[e]! & -isFalse)) | 0;
      // Written for false positives too, and overwritten by what comes next.
      found[points] = truePositives;
      all[points] = truePositives + falsePositives + falseBefore[e]!;
      points = (points + isTrue) | 0;
    }
    return points;
  }

  private averagePrecision(points: number): number {
    const { found, all, needed } = this;
    let level = LEVELS - 1;
    let need = needed[level]!;
    let best = 0;
    let sum = 0;
    for (let point = points - 1; point >= 0; point--) {
      const here = found[point]!;
      while (need > here) {
        sum += best;
        level--;
        need = needed[level]!;
      }
      best = Math.max(best, here / all[point]!);
    }
    return (sum + best * (level + 1)) / LEVELS;
  }
}
