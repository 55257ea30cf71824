import { RECALL_LEVELS } from './parameters';
import { kernel } from './resample-kernel';
import { type PrecisionRecallInput } from './resample-layout';

const LEVELS = RECALL_LEVELS.length;
/** Resamples at once. */
export const LANES = 4;
/** Bytes of an image's weights and of a detection's steps, one of each for every lane. */
const WEIGHTS = LANES * Uint16Array.BYTES_PER_ELEMENT;
const STEPS = 2 * LANES * Int32Array.BYTES_PER_ELEMENT;
const PAGE = 65536;
const MOST_PAGES = 65536;

/** The functions of `resample-kernel.wat`; all numbers are byte offsets into the memory. */
interface Kernel {
  count(list: number, end: number, into: number): void;
  addUp(pairs: number, end: number, alwaysFalse: number, steps: number): void;
  precision(
    steps: number,
    hits: number,
    hitsEnd: number,
    uncounted: number,
    uncountedEnd: number,
    positives: number,
    into: number,
  ): void;
}

/** Where a slice's lists begin; each ends where the next begins. */
interface Offsets {
  readonly truth: number;
  readonly alwaysFalse: number;
  /** Images of the other detections, each with the end of the always false ones before it. */
  readonly pairs: number;
  /** By threshold: true positives, uncounted; one more number is the end. */
  readonly events: readonly number[];
}

/** AP of slices over resampled images, in the lanes of WebAssembly's vectors. */
export class SimdPrecision {
  private readonly weights: Uint16Array;
  private readonly positives: Int32Array;
  private readonly sums: Float64Array;
  private readonly steps: number;
  private readonly offsets: readonly Offsets[];
  private readonly kernel: Kernel;
  private readonly result: Float64Array;
  private readonly thresholds: number;

  /** @returns undefined where the machine has no vectors, or the slices take more than the 4 GiB they can reach */
  static over(slices: readonly PrecisionRecallInput[], images: number): SimdPrecision | undefined {
    const compiled = compile();
    const pages = Math.ceil(bytesOf(slices, images) / PAGE);
    if (compiled === undefined || pages > MOST_PAGES) return undefined;
    return new SimdPrecision(compiled, new WebAssembly.Memory({ initial: pages }), slices, images);
  }

  private constructor(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    slices: readonly PrecisionRecallInput[],
    images: number,
  ) {
    this.kernel = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernel;
    this.thresholds = thresholdsOf(slices);
    this.result = new Float64Array(LANES * this.thresholds);
    this.weights = new Uint16Array(memory.buffer, 0, LANES * images);
    this.positives = new Int32Array(memory.buffer, WEIGHTS * images, LANES);
    this.sums = new Float64Array(memory.buffer, end(this.positives), LANES * this.thresholds);
    this.steps = end(this.sums);
    let free = this.steps + STEPS * mostSteps(slices);
    const write = (list: Int32Array, factor: number): number => {
      const view = new Int32Array(memory.buffer, free, list.length);
      for (let i = 0; i < list.length; i++) view[i] = list[i]! * factor;
      const start = free;
      free = end(view);
      return start;
    };
    this.offsets = slices.map((slice) => {
      const truth = write(slice.truthImage, WEIGHTS);
      const alwaysFalse = write(slice.alwaysFalse, WEIGHTS);
      const pairs = write(pairsOf(slice, alwaysFalse), 1);
      const events = slice.events.flatMap(({ hits, uncounted }) => [
        write(hits, STEPS),
        write(uncounted, STEPS),
      ]);
      return { truth, alwaysFalse, pairs, events: [...events, free] };
    });
  }

  /** Weight of each image in the resample of a lane, until it is set again. */
  setWeights(lane: number, weights: Uint16Array): void {
    const { weights: all } = this;
    for (let i = 0; i < weights.length; i++) all[LANES * i + lane] = weights[i]!;
  }

  /** AP at [lane · thresholds + t], NaN where no truth was drawn; the same array at each call. */
  averagePrecision(slice: number): Float64Array {
    const { kernel, positives, sums, steps, result, thresholds } = this;
    const { truth, alwaysFalse, pairs, events } = this.offsets[slice]!;
    kernel.count(truth, alwaysFalse, positives.byteOffset);
    kernel.addUp(pairs, events[0]!, alwaysFalse, steps);
    for (let t = 0; t < thresholds; t++) {
      const [hits, uncounted, eventsEnd] = [events[2 * t]!, events[2 * t + 1]!, events[2 * t + 2]!];
      for (let lane = 0; lane < LANES; lane += 2) {
        kernel.precision(
          steps + lane * Int32Array.BYTES_PER_ELEMENT,
          hits,
          uncounted,
          uncounted,
          eventsEnd,
          positives.byteOffset + lane * Int32Array.BYTES_PER_ELEMENT,
          sums.byteOffset + (LANES * t + lane) * Float64Array.BYTES_PER_ELEMENT,
        );
      }
    }
    for (let lane = 0; lane < LANES; lane++) {
      for (let t = 0; t < thresholds; t++) {
        result[lane * thresholds + t] = positives[lane] === 0 ? NaN : sums[LANES * t + lane]! / LEVELS;
      }
    }
    return result;
  }
}

/** Undefined where WebAssembly has no vectors. */
function compile(): WebAssembly.Module | undefined {
  const bytes = Buffer.from(kernel, 'base64');
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
}

function pairsOf({ image, before }: PrecisionRecallInput, alwaysFalse: number): Int32Array {
  const pairs = new Int32Array(2 * image.length);
  for (let e = 0; e < image.length; e++) {
    pairs[2 * e] = WEIGHTS * image[e]!;
    pairs[2 * e + 1] = alwaysFalse + Int32Array.BYTES_PER_ELEMENT * before[e]!;
  }
  return pairs;
}

function bytesOf(slices: readonly PrecisionRecallInput[], images: number): number {
  const fixed = WEIGHTS * images + 4 * LANES + 8 * LANES * thresholdsOf(slices) + STEPS * mostSteps(slices);
  return slices.reduce(
    (sum, { truthImage, alwaysFalse, image, events }) =>
      sum +
      4 * (truthImage.length + alwaysFalse.length + 2 * image.length) +
      4 * events.reduce((own, { hits, uncounted }) => own + hits.length + uncounted.length, 0),
    fixed,
  );
}

function thresholdsOf(slices: readonly PrecisionRecallInput[]): number {
  return slices[0]?.events.length ?? 0;
}

function mostSteps(slices: readonly PrecisionRecallInput[]): number {
  return slices.reduce((most, { image }) => Math.max(most, image.length), 0);
}

function end({ byteOffset, byteLength }: Int32Array | Float64Array): number {
  return byteOffset + byteLength;
}
