import {
  type AugmentationPlugin,
  createRandom,
  fillColour,
  fit,
  MEAN_COLOUR,
  pasteTopLeft,
} from '../../contract';
import { type RandomSource, type Sample } from '../../contract';
import { augmentSample } from './augment';
import { type CachedSamples } from './sample-source';

/** Images for a training step, or some of them. */
export interface Batch {
  /** Objects in pixels of the input; `image` is the augmented image, `size` × `size` or smaller. */
  readonly samples: readonly Sample[];
  readonly imageIds: readonly number[];
}

export interface BatchRequest {
  readonly source: CachedSamples;
  /** Absent: images are only fitted to the input. */
  readonly augmentation?: { readonly name: string; readonly plugin: AugmentationPlugin };
  /** Side of the square input in pixels. */
  readonly size: number;
  readonly batch: number;
  /** Samples that are made of each image, each with its own random numbers: first one of every image, then another. */
  readonly views?: number;
  /** The only source of the order and of random numbers. */
  readonly seed: number | string;
}

export interface Batches {
  /**
   * The samples `first` … `end` − 1 of a step's batch; decoding for the same ones of the next step is then under way.
   *
   * @param step from 0
   */
  make(step: number, first?: number, end?: number): Promise<Batch>;
}

/**
 * An endless run of batches: epoch after epoch, each in its own order; a batch may extend into the next epoch.
 * Order follows from (seed, epoch), an augmentation's random numbers from (seed, epoch, index), so that any part of any step
 * can be made without all others, by any thread.
 */
export function createBatches(request: BatchRequest): Batches {
  const { source, batch, views = 1 } = request;
  const imageCount = batch / views;
  const random = createRandom(`batches/${request.seed}`);
  const order = epochOrder(source.length, random);
  const load = (step: number, first: number, end: number) =>
    Array.from({ length: end - first }, (_, i) => {
      const position = order(step * imageCount + ((first + i) % imageCount));
      return { ...position, raw: source.load(position.index) };
    });
  let coming: { readonly key: string; readonly parts: ReturnType<typeof load> } | undefined;
  return {
    async make(step, first = 0, end = batch) {
      const range = `${first}-${end}`;
      const parts = coming?.key === `${step}/${range}` ? coming.parts : load(step, first, end);
      coming = undefined;
      const raw = await Promise.all(parts.map((part) => part.raw));
      // Decoding runs in libuv's threads, while this one augments and while the device computes.
      const next = load(step + 1, first, end);
      // An image that can't be decoded is reported by the step that needs it.
      for (const part of next) part.raw.catch(() => undefined);
      coming = { key: `${step + 1}/${range}`, parts: next };
      const samples: Sample[] = [];
      for (const [i, { epoch, index }] of parts.entries()) {
        const view = Math.floor((first + i) / imageCount);
        const own = random.fork(view === 0 ? `${epoch}/${index}` : `${epoch}/${index}/${view}`);
        samples.push(await prepare(request, raw[i]!, index, own));
      }
      return { samples, imageIds: parts.map(({ index }) => source.imageId(index)) };
    },
  };
}

async function prepare(
  { source, augmentation, size }: BatchRequest,
  sample: Sample,
  index: number,
  random: RandomSource,
): Promise<Sample> {
  if (augmentation === undefined) return fit(sample, size);
  return augmentSample({ ...augmentation, sample, imageId: source.imageId(index), size, random, source });
}

/** Position in the endless run → epoch and index in the source. */
type EpochOrder = (position: number) => { epoch: number; index: number };

export function epochOrder(length: number, random: RandomSource): EpochOrder {
  const orders = new Map<number, number[]>();
  return (position) => {
    const epoch = Math.floor(position / length);
    let order = orders.get(epoch);
    if (order === undefined) {
      order = random.fork(`epoch/${epoch}`).shuffle(Array.from({ length }, (_, i) => i));
      orders.set(epoch, order);
      // A batch reaches over at most batch / length + 1 epochs; four are plenty but for tiny sets, which are cheap.
      if (orders.size > 4) orders.delete(Math.min(...orders.keys()));
    }
    return { epoch, index: order[position % length]! };
  };
}

/** Samples no larger than `size` × `size`, side by side as one tensor's values, padded with the mean colour. */
export function stack(samples: readonly Sample[], size: number): Uint8Array {
  const values = size * size * 3;
  const images = new Uint8Array(samples.length * values);
  for (const [i, { image }] of samples.entries()) {
    const target = images.subarray(i * values, (i + 1) * values);
    if (image.width < size || image.height < size) fillColour(target, MEAN_COLOUR);
    pasteTopLeft(target, size, image);
  }
  return images;
}
