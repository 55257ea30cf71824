import { iou } from './iou';
import { type Order, orderDetections, orderTruth } from './order';
import { ALL_THRESHOLDS, AREA_RANGES, IOU_THRESHOLDS, MAX_DETECTIONS, type TieRule } from './parameters';
import { type Detections, type Truth } from './types';

/**
 * What matching found, image by image, in the form from which AP can be accumulated again with other weights of the
 * images. Detections are sorted by category, then by falling score; only the best 100 of each image and category are in.
 */
export interface MatchRecords {
  readonly tieRule: TieRule;
  readonly imageIds: readonly number[];
  readonly categoryIds: readonly number[];
  /** D detections in all. */
  readonly count: number;
  /** Detections of category k: from `start[k]` to `start[k + 1]`. */
  readonly start: Int32Array;
  /** Row in the input. */
  readonly row: Int32Array;
  readonly score: Float64Array;
  /** Index of the image. */
  readonly image: Int32Array;
  /** Rank among the detections of its image and category, from 0. */
  readonly rank: Uint8Array;
  /** Bit t: a true positive at `IOU_THRESHOLDS[t]`; area range a lies at [a · D, (a + 1) · D). */
  readonly truePositive: Uint16Array;
  /** Likewise for false positives. A detection that is neither is ignored. */
  readonly falsePositive: Uint16Array;
  /** Truth of category k: from `truthStart[k]` to `truthStart[k + 1]`. */
  readonly truthStart: Int32Array;
  readonly truthImage: Int32Array;
  /** Bit a: counts in `AREA_RANGES[a]`. */
  readonly truthCounts: Uint8Array;
  /** Row of each truth in the input. */
  readonly truthRow: Int32Array;
  /**
   * Row of the truth that each detection took at IoU .50 over all sizes, −1 for none; a crowd, too, may be taken.
   */
  readonly takenAt50: Int32Array;
}

const AREAS = AREA_RANGES.length;
const MOST = MAX_DETECTIONS[MAX_DETECTIONS.length - 1]!;
/** pycocotools accepts an IoU of 1 − 1e-10 at a threshold of 1. */
const LIMITS = IOU_THRESHOLDS.map((threshold) => Math.min(threshold, 1 - 1e-10));

/**
 * Greedy matching as in pycocotools' `evaluateImg`: detections by falling score; each takes the free truth of highest IoU
 * at or above the threshold, truth that counts before truth that is ignored (crowds, other sizes); a crowd is never used
 * up. A detection matched to ignored truth, or unmatched and of another size, is ignored. All thresholds at once: a bit each.
 */
export function match(truth: Truth, detections: Detections, tieRule: TieRule): MatchRecords {
  const truthOrder = orderTruth(truth, tieRule);
  const order = orderDetections(detections, truth, tieRule);
  const categories = truth.categories.length;
  const images = truth.images.length;
  const truthCounts = countsByArea(truth, truthOrder);
  const { crowd } = truth;

  const total = order.rows.length;
  const start = new Int32Array(categories + 1);
  const row = new Int32Array(total);
  const score = new Float64Array(total);
  const image = new Int32Array(total);
  const rank = new Uint8Array(total);
  const truePositive = new Uint16Array(AREAS * total);
  const falsePositive = new Uint16Array(AREAS * total);
  const takenAt50 = new Int32Array(total).fill(-1);

  // Bit t of used[a · N + n]: truth n (in order) is taken at threshold t in area range a.
  const truths = truthOrder.rows.length;
  const used = new Uint16Array(AREAS * truths);
  const ranks = new Uint8Array(images);
  const cellStart = new Int32Array(images);
  const cellEnd = new Int32Array(images);
  let candidates = new Int32Array(64);
  let overlaps = new Float64Array(64);
  let count = 0;
  for (let k = 0; k < categories; k++) {
    start[k] = count;
    const from = order.start[k]!;
    const to = order.start[k + 1]!;
    if (from === to) continue;
    ranks.fill(0);
    const firstTruth = truthOrder.start[k]!;
    const lastTruth = truthOrder.start[k + 1]!;
    for (let n = firstTruth; n < lastTruth; n++) {
      const at = truth.image[truthOrder.rows[n]!]!;
      if (cellEnd[at] === 0) cellStart[at] = n;
      cellEnd[at] = n + 1;
    }
    for (let at = from; at < to; at++) {
      const detection = order.rows[at]!;
      const where = detections.image[detection]!;
      if (ranks[where] === MOST) continue;
      row[count] = detection;
      score[count] = detections.score[detection]!;
      image[count] = where;
      rank[count] = ranks[where]!++;

      let found = 0;
      const cellLast = cellEnd[where]!;
      for (let n = cellLast === 0 ? 0 : cellStart[where]!; n < cellLast; n++) {
        const annotation = truthOrder.rows[n]!;
        const overlap = iou(detections.box, detection, truth.box, annotation, crowd[annotation] === 1);
        if (overlap < LIMITS[0]!) continue;
        if (found === candidates.length) {
          candidates = doubled(candidates, Int32Array);
          overlaps = doubled(overlaps, Float64Array);
        }
        // Kept by falling IoU; among equal ones the later truth first, as pycocotools' loop ends on it.
        let place = found++;
        while (place > 0 && overlaps[place - 1]! <= overlap) {
          overlaps[place] = overlaps[place - 1]!;
          candidates[place] = candidates[place - 1]!;
          place--;
        }
        overlaps[place] = overlap;
        candidates[place] = n;
      }

      const size = detections.box[4 * detection + 2]! * detections.box[4 * detection + 3]!;
      for (let a = 0; a < AREAS; a++) {
        let open = ALL_THRESHOLDS;
        let counted = 0;
        // Truth that counts first, then ignored truth.
        for (let ignored = 0; ignored < 2 && open !== 0; ignored++) {
          for (let c = 0; c < found && open !== 0; c++) {
            const n = candidates[c]!;
            if (((truthCounts[n]! >> a) & 1) === ignored) continue;
            const taken = used[a * truths + n]!;
            const isCrowd = crowd[truthOrder.rows[n]!] === 1;
            const take = open & reached(overlaps[c]!) & (isCrowd ? ALL_THRESHOLDS : ~taken);
            used[a * truths + n] = taken | take;
            open &= ~take;
            if (ignored === 0) counted |= take;
            if (a === 0 && (take & 1) === 1) takenAt50[count] = truthOrder.rows[n]!;
          }
        }
        const range = AREA_RANGES[a]!;
        truePositive[a * total + count] = counted;
        falsePositive[a * total + count] = size < range.min || size > range.max ? 0 : open;
      }
      count++;
    }
    for (let n = firstTruth; n < lastTruth; n++) cellEnd[truth.image[truthOrder.rows[n]!]!] = 0;
  }
  start[categories] = count;

  return {
    tieRule,
    imageIds: truth.images.map((entry) => entry.id),
    categoryIds: truth.categories.map((entry) => entry.id),
    count,
    start,
    row: row.subarray(0, count),
    score: score.subarray(0, count),
    image: image.subarray(0, count),
    rank: rank.subarray(0, count),
    truePositive: byArea(truePositive, total, count),
    falsePositive: byArea(falsePositive, total, count),
    truthStart: truthOrder.start,
    truthImage: truthOrder.rows.map((annotation) => truth.image[annotation]!),
    truthCounts,
    truthRow: truthOrder.rows,
    takenAt50: takenAt50.subarray(0, count),
  };
}

/** A bit for each threshold that an IoU reaches. */
export function reached(overlap: number): number {
  let bits = 0;
  for (let t = 0; t < LIMITS.length && overlap >= LIMITS[t]!; t++) bits |= 1 << t;
  return bits;
}

function countsByArea(truth: Truth, order: Order): Uint8Array {
  const counts = new Uint8Array(order.rows.length);
  order.rows.forEach((annotation, n) => {
    if (truth.crowd[annotation] === 1) return;
    const area = truth.area[annotation]!;
    AREA_RANGES.forEach((range, a) => {
      if (area >= range.min && area <= range.max) counts[n]! |= 1 << a;
    });
  });
  return counts;
}

function byArea(bits: Uint16Array, total: number, count: number): Uint16Array {
  if (total === count) return bits;
  const packed = new Uint16Array(AREAS * count);
  for (let a = 0; a < AREAS; a++) packed.set(bits.subarray(a * total, a * total + count), a * count);
  return packed;
}

function doubled<T extends Int32Array | Float64Array>(column: T, type: new (length: number) => T): T {
  const larger = new type(2 * column.length);
  larger.set(column);
  return larger;
}
