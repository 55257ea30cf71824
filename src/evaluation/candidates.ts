import { iou } from './iou';
import { type AreaRange, type EvaluationParameters } from './parameters';
import { type Order } from './order';
import { type Truth } from './types';

/** A bit for each area range that holds a box of so many square pixels. */
export function areaBits(ranges: readonly AreaRange[], area: number): number {
  let bits = 0;
  for (let a = 0; a < ranges.length; a++) {
    if (area >= ranges[a]!.min && area <= ranges[a]!.max) bits |= 1 << a;
  }
  return bits;
}

/** Truth side by side in the order of evaluation: by category, then image. */
export class OrderedTruth {
  readonly count: number;
  readonly start: Int32Array;
  /** Row in the input. */
  readonly row: Int32Array;
  readonly image: Int32Array;
  readonly box: Float64Array;
  readonly crowd: Uint8Array;
  /** Bit a: counts in area range a. */
  readonly counts: Uint8Array;

  constructor(
    truth: Truth,
    { rows, start }: Order,
    readonly parameters: EvaluationParameters,
  ) {
    this.count = rows.length;
    this.start = start;
    this.row = rows;
    this.image = new Int32Array(this.count);
    this.box = new Float64Array(4 * this.count);
    this.crowd = new Uint8Array(this.count);
    this.counts = new Uint8Array(this.count);
    for (let n = 0; n < this.count; n++) {
      const row = rows[n]!;
      this.image[n] = truth.image[row]!;
      for (let side = 0; side < 4; side++) this.box[4 * n + side] = truth.box[4 * row + side]!;
      this.crowd[n] = truth.crowd[row]!;
      this.counts[n] = truth.crowd[row] === 1 ? 0 : areaBits(parameters.areaRanges, truth.area[row]!);
    }
  }
}

/** The truth that one detection could take. */
export class Candidates {
  count = 0;
  /** Index in the ordered truth, by falling IoU. */
  index = new Int32Array(64);
  /** A bit for each threshold reached. */
  reached = new Uint16Array(64);
  private overlap = new Float64Array(64);
  private readonly thresholds: Float64Array;

  constructor({ iouThresholds }: EvaluationParameters) {
    // pycocotools accepts an IoU of 1 − 1e-10 at a threshold of 1.
    this.thresholds = Float64Array.from(iouThresholds, (threshold) => Math.min(threshold, 1 - 1e-10));
  }

  /** Looks at truth [from, to); among equal IoUs the later truth comes first, as pycocotools' loop ends on it. */
  collect(boxes: Float64Array, detection: number, truth: OrderedTruth, from: number, to: number): void {
    this.count = 0;
    for (let n = from; n < to; n++) {
      const overlap = iou(boxes, detection, truth.box, n, truth.crowd[n] === 1);
      if (overlap >= this.thresholds[0]!) this.insert(n, overlap);
    }
  }

  private insert(n: number, overlap: number): void {
    if (this.count === this.index.length) this.grow();
    let at = this.count++;
    for (; at > 0 && this.overlap[at - 1]! <= overlap; at--) {
      this.overlap[at] = this.overlap[at - 1]!;
      this.index[at] = this.index[at - 1]!;
      this.reached[at] = this.reached[at - 1]!;
    }
    this.overlap[at] = overlap;
    this.index[at] = n;
    this.reached[at] = this.bitsReached(overlap);
  }

  /** A bit for each threshold that an IoU reaches. */
  private bitsReached(overlap: number): number {
    const { thresholds } = this;
    let bits = 0;
    for (let t = 0; t < thresholds.length && overlap >= thresholds[t]!; t++) bits |= 1 << t;
    return bits;
  }

  private grow(): void {
    const { overlap, index, reached } = this;
    this.overlap = new Float64Array(2 * overlap.length);
    this.index = new Int32Array(2 * index.length);
    this.reached = new Uint16Array(2 * reached.length);
    this.overlap.set(overlap);
    this.index.set(index);
    this.reached.set(reached);
  }
}
