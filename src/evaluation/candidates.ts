import { iou } from './iou';
import { AREA_RANGES, IOU_THRESHOLDS } from './parameters';
import { type Order } from './order';
import { type Truth } from './types';

/** pycocotools accepts an IoU of 1 − 1e-10 at a threshold of 1. */
const LIMITS = Float64Array.from(IOU_THRESHOLDS, (threshold) => Math.min(threshold, 1 - 1e-10));
const LOWEST = LIMITS[0]!;

/** A bit for each threshold that an IoU reaches. */
export function reached(overlap: number): number {
  let bits = 0;
  for (let t = 0; t < LIMITS.length && overlap >= LIMITS[t]!; t++) bits |= 1 << t;
  return bits;
}

/** A bit for each area range that holds a box of so many square pixels. */
export function areaRanges(area: number): number {
  let bits = 0;
  for (let a = 0; a < AREA_RANGES.length; a++) {
    if (area >= MIN_AREA[a]! && area <= MAX_AREA[a]!) bits |= 1 << a;
  }
  return bits;
}

const MIN_AREA = Float64Array.from(AREA_RANGES, ({ min }) => min);
const MAX_AREA = Float64Array.from(AREA_RANGES, ({ max }) => max);

/** Truth side by side in the order of evaluation: by category, then image. */
export class OrderedTruth {
  readonly count: number;
  readonly start: Int32Array;
  /** Row in the input. */
  readonly row: Int32Array;
  readonly image: Int32Array;
  readonly box: Float64Array;
  readonly crowd: Uint8Array;
  /** Bit a: counts in `AREA_RANGES[a]`. */
  readonly counts: Uint8Array;

  constructor(truth: Truth, { rows, start }: Order) {
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
      this.counts[n] = truth.crowd[row] === 1 ? 0 : areaRanges(truth.area[row]!);
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

  /** Looks at truth [from, to); among equal IoUs the later truth comes first, as pycocotools' loop ends on it. */
  collect(boxes: Float64Array, detection: number, truth: OrderedTruth, from: number, to: number): void {
    this.count = 0;
    for (let n = from; n < to; n++) {
      const overlap = iou(boxes, detection, truth.box, n, truth.crowd[n] === 1);
      if (overlap >= LOWEST) this.insert(n, overlap);
    }
  }

  private insert(n: number, overlap: number): void {
    if (this.count === this.index.length) this.grow();
    let place = this.count++;
    while (place > 0 && this.overlap[place - 1]! <= overlap) {
      this.overlap[place] = this.overlap[place - 1]!;
      this.index[place] = this.index[place - 1]!;
      this.reached[place] = this.reached[place - 1]!;
      place--;
    }
    this.overlap[place] = overlap;
    this.index[place] = n;
    this.reached[place] = reached(overlap);
  }

  private grow(): void {
    const { overlap, index, reached: bits } = this;
    this.overlap = new Float64Array(2 * overlap.length);
    this.index = new Int32Array(2 * index.length);
    this.reached = new Uint16Array(2 * bits.length);
    this.overlap.set(overlap);
    this.index.set(index);
    this.reached.set(bits);
  }
}
