import { type RgbImage } from '../../contract';

/** Half a gibibyte: 18,000 scenes of 96 px, or 580 photographs of 640 × 480. */
const defaultBudgetBytes = 512 * 2 ** 20;

/** Memory of an `ImageCache`; handed to another thread, it is shared, not copied. */
export interface SharedImages {
  /** Four numbers an image: state, offset in units of `unitBytes`, width, height. */
  readonly index: Int32Array;
  /** One number: units taken so far. */
  readonly taken: Int32Array;
  readonly pixels: Uint8Array;
}

const unitBytes = 64;
const fields = 4;
/** States of an image: absent, being written by one thread, there, never (no room). */
const absent = 0;
const writing = 1;
const held = 2;
const refused = 3;

/**
 * @param entries the images to come, by number; where all of their sizes are known, no more memory is set aside
 * @param budgetBytes that they may take together
 */
export function shareImages(
  entries: readonly { readonly stated?: Pick<RgbImage, 'width' | 'height'> }[],
  budgetBytes = defaultBudgetBytes,
): SharedImages {
  let units = 0;
  for (const { stated } of entries) {
    units += stated === undefined ? Infinity : unitsOf(stated.width * stated.height * 3);
  }
  return {
    index: new Int32Array(new SharedArrayBuffer(entries.length * fields * Int32Array.BYTES_PER_ELEMENT)),
    taken: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
    pixels: new Uint8Array(
      new SharedArrayBuffer(Math.min(units, Math.floor(budgetBytes / unitBytes)) * unitBytes),
    ),
  };
}

/**
 * Decoded images within a budget of bytes, for all threads of a process.
 *
 * Images are cached in order of arrival, and none is evicted. Training goes through all images in an order that
 * is new each epoch, so that of N images a store with room for a share f of them is hit f · N times an epoch; one
 * that drops what was not used for longest about f² / 2 · N times.
 */
export class ImageCache {
  constructor(private readonly shared: SharedImages) {}

  /** The image, if it is held: a view of the shared memory, not to be written to. */
  get(image: number): RgbImage | undefined {
    const { index, pixels } = this.shared;
    const at = image * fields;
    if (Atomics.load(index, at) !== held) return undefined;
    const width = index[at + 2]!;
    const height = index[at + 3]!;
    const start = index[at + 1]! * unitBytes;
    return { width, height, data: pixels.subarray(start, start + width * height * 3) };
  }

  /** Caches a copy, if there is room and no thread has done so before. */
  add(image: number, { width, height, data }: RgbImage): void {
    const { index, pixels } = this.shared;
    const at = image * fields;
    if (Atomics.compareExchange(index, at, absent, writing) !== absent) return;
    const start = this.take(unitsOf(data.length));
    if (start !== undefined) {
      pixels.set(data, start * unitBytes);
      index[at + 1] = start;
      index[at + 2] = width;
      index[at + 3] = height;
    }
    Atomics.store(index, at, start === undefined ? refused : held);
  }

  /** @returns the first of so many free units */
  private take(units: number): number | undefined {
    const { taken, pixels } = this.shared;
    for (;;) {
      const before = Atomics.load(taken, 0);
      if ((before + units) * unitBytes > pixels.length) return undefined;
      if (Atomics.compareExchange(taken, 0, before, before + units) === before) return before;
    }
  }
}

function unitsOf(bytes: number): number {
  return Math.ceil(bytes / unitBytes);
}
