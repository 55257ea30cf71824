import { areaBits, Candidates, OrderedTruth } from './candidates';
import { orderDetections, orderTruth } from './order';
import { allThresholds, COCO, type AreaRange, type EvaluationParameters, type TieRule } from './parameters';
import { type Detections, type Truth } from './types';

/**
 * What matching found, image by image, in the form from which AP can be accumulated again with other weights of the
 * images. Detections are sorted by category, then by falling score; of each image and category only the best
 * are in, up to the largest limit.
 */
export interface MatchRecords {
  readonly parameters: EvaluationParameters;
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
  readonly rank: Uint16Array;
  /** Bit t: a true positive at IoU threshold t; area range a is at [a · D, (a + 1) · D). */
  readonly truePositive: Uint16Array;
  /** Likewise for false positives. A detection that is neither is ignored. */
  readonly falsePositive: Uint16Array;
  /** Truth of category k: from `truthStart[k]` to `truthStart[k + 1]`. */
  readonly truthStart: Int32Array;
  readonly truthImage: Int32Array;
  /** Bit a: counts in area range a. */
  readonly truthCounts: Uint8Array;
  /** Row of each truth in the input. */
  readonly truthRow: Int32Array;
  /**
   * Row of the truth that each detection took at the first threshold and area range, −1 for none; a crowd, too, may be taken.
   */
  readonly taken: Int32Array;
  /** 1 where some truth of the image and category reaches the first threshold, taken or not. */
  readonly near: Uint8Array;
  /** Detections that the limit cut. */
  readonly cut: number;
  /** Cells where the limit cut between equal scores: which of them are in depends on their order. */
  readonly cutTies: readonly { category: number; image: number }[];
}

/**
 * Greedy matching as in pycocotools' `evaluateImg`: detections by falling score; each takes the free truth of highest IoU
 * at or above the threshold, truth that counts before truth that is ignored (crowds, other sizes); a crowd is never used
 * up. A detection matched to ignored truth, or unmatched and of another size, is ignored. All thresholds at once: a bit each.
 */
export function match(
  truth: Truth,
  detections: Detections,
  tieRule: TieRule,
  parameters: EvaluationParameters = COCO,
): MatchRecords {
  const ordered = new OrderedTruth(truth, orderTruth(truth, tieRule), parameters);
  const order = orderDetections(detections, truth, tieRule);
  const categories = truth.categories.length;
  const total = order.rows.length;
  const start = new Int32Array(categories + 1);
  const records = new Records(ordered, detections, total, truth.images.length);
  for (let k = 0; k < categories; k++) {
    start[k] = records.count;
    records.addCategory(k, order.rows.subarray(order.start[k], order.start[k + 1]));
  }
  const { count, matches } = records;
  start[categories] = count;
  return {
    parameters,
    tieRule,
    imageIds: truth.images.map((entry) => entry.id),
    categoryIds: truth.categories.map((entry) => entry.id),
    count,
    start,
    row: records.row.subarray(0, count),
    score: records.score.subarray(0, count),
    image: records.image.subarray(0, count),
    rank: records.rank.subarray(0, count),
    truePositive: byArea(matches.truePositive, total, count),
    falsePositive: byArea(matches.falsePositive, total, count),
    taken: matches.taken.subarray(0, count),
    near: matches.near.subarray(0, count),
    cut: total - count,
    cutTies: records.cutTies,
    truthStart: ordered.start,
    truthImage: ordered.image,
    truthCounts: ordered.counts,
    truthRow: ordered.row,
  };
}

/** The detections within the limit of each image and category, in order; columns as in `MatchRecords`. */
class Records {
  count = 0;
  readonly row: Int32Array;
  readonly score: Float64Array;
  readonly image: Int32Array;
  readonly rank: Uint16Array;
  readonly matches: Matches;
  readonly cutTies: { category: number; image: number }[] = [];

  // Of the current category, by image: detections so far, the last score, and the range of the truth.
  private readonly ranks: Uint16Array;
  private readonly lastScore: Float64Array;
  private readonly cellStart: Int32Array;
  private readonly cellEnd: Int32Array;

  constructor(
    private readonly truth: OrderedTruth,
    private readonly detections: Detections,
    total: number,
    images: number,
  ) {
    this.row = new Int32Array(total);
    this.score = new Float64Array(total);
    this.image = new Int32Array(total);
    this.rank = new Uint16Array(total);
    this.matches = new Matches(truth, total);
    this.ranks = new Uint16Array(images);
    this.lastScore = new Float64Array(images);
    this.cellStart = new Int32Array(images);
    this.cellEnd = new Int32Array(images);
  }

  addCategory(category: number, rows: Int32Array): void {
    if (rows.length === 0) return;
    const { detections, ranks, lastScore, cellStart, cellEnd } = this;
    this.locateCells(category);
    const most = this.truth.parameters.maxDetections.at(-1)!;
    for (const detection of rows) {
      const image = detections.image[detection]!;
      const rank = ranks[image]!;
      const score = detections.score[detection]!;
      if (rank === most) {
        if (score === lastScore[image]) this.cutTies.push({ category, image });
        continue;
      }
      ranks[image] = rank + 1;
      lastScore[image] = score;
      const d = this.count++;
      this.row[d] = detection;
      this.score[d] = score;
      this.image[d] = image;
      this.rank[d] = rank;
      this.matches.add(d, detections.box, detection, cellStart[image]!, cellEnd[image]!);
    }
  }

  private locateCells(category: number): void {
    const { truth, cellStart, cellEnd } = this;
    this.ranks.fill(0);
    cellStart.fill(0);
    cellEnd.fill(0);
    for (let n = truth.start[category]!; n < truth.start[category + 1]!; n++) {
      const image = truth.image[n]!;
      if (cellEnd[image] === 0) cellStart[image] = n;
      cellEnd[image] = n + 1;
    }
  }
}

/** Who takes what: see `match`. */
class Matches {
  readonly truePositive: Uint16Array;
  readonly falsePositive: Uint16Array;
  readonly taken: Int32Array;
  readonly near: Uint8Array;
  /** Bit t of used[a · N + n]: truth n is taken at threshold t in area range a. */
  private readonly used: Uint16Array;
  private readonly candidates: Candidates;
  private readonly areas: readonly AreaRange[];
  private readonly all: number;

  constructor(
    private readonly truth: OrderedTruth,
    private readonly total: number,
  ) {
    this.areas = truth.parameters.areaRanges;
    this.all = allThresholds(truth.parameters);
    this.candidates = new Candidates(truth.parameters);
    this.truePositive = new Uint16Array(this.areas.length * total);
    this.falsePositive = new Uint16Array(this.areas.length * total);
    this.taken = new Int32Array(total).fill(-1);
    this.near = new Uint8Array(total);
    this.used = new Uint16Array(this.areas.length * truth.count);
  }

  /** Matches a detection, record d, with the truth [from, to) of its image and category. */
  add(d: number, boxes: Float64Array, detection: number, from: number, to: number): void {
    const { candidates, truePositive, falsePositive, total, areas } = this;
    candidates.collect(boxes, detection, this.truth, from, to);
    this.near[d] = candidates.count > 0 ? 1 : 0;
    const sizes = areaBits(areas, boxes[4 * detection + 2]! * boxes[4 * detection + 3]!);
    for (let a = 0; a < areas.length; a++) {
      let open = this.all;
      if (candidates.count > 0) {
        const counted = this.take(a, d, 1, open);
        truePositive[a * total + d] = counted;
        open &= ~counted;
        if (open !== 0) open &= ~this.take(a, d, 0, open);
      }
      falsePositive[a * total + d] = (sizes >> a) & 1 ? open : 0;
    }
  }

  /** At the `open` thresholds, takes truth that counts (1) or is ignored (0) in range a; returns where it found some. */
  private take(a: number, d: number, counting: number, open: number): number {
    const { candidates, truth, used } = this;
    let taken = 0;
    for (let c = 0; c < candidates.count; c++) {
      const n = candidates.index[c]!;
      if (((truth.counts[n]! >> a) & 1) !== counting) continue;
      const at = a * truth.count + n;
      const crowd = truth.crowd[n] === 1;
      const bits = open & ~taken & candidates.reached[c]! & (crowd ? this.all : ~used[at]!);
      if (bits === 0) continue;
      used[at]! |= bits;
      taken |= bits;
      if (a === 0 && (bits & 1) === 1) this.taken[d] = truth.row[n]!;
    }
    return taken;
  }
}

function byArea(bits: Uint16Array, total: number, count: number): Uint16Array {
  if (total === count) return bits;
  const areas = bits.length / total;
  const packed = new Uint16Array(areas * count);
  for (let a = 0; a < areas; a++) packed.set(bits.subarray(a * total, a * total + count), a * count);
  return packed;
}
