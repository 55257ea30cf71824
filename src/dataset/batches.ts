import {
  type AugmentationPlugin,
  createRandom,
  fillColour,
  fit,
  MEAN_COLOUR,
  pasteTopLeft,
} from '../contract';
import { type RandomSource, type Sample } from '../contract';
import { augmentSample } from './augment';
import { type SampleSource } from './sample-source';

/** Pictures for a training step. */
export interface Batch {
  /** [B, size, size, 3], 0…255; right of and below a smaller picture lies the mean colour. */
  readonly images: Uint8Array;
  /** Objects in pixels of the input; `image` is the augmented picture before padding. */
  readonly samples: readonly Sample[];
  readonly imageIds: readonly number[];
}

export interface BatchRequest {
  readonly source: SampleSource;
  /** Absent: pictures are only fitted to the input. */
  readonly augmentation?: { readonly name: string; readonly plugin: AugmentationPlugin };
  /** Side of the square input in pixels. */
  readonly size: number;
  readonly batch: number;
  /** Samples that are made of each picture, by draws of their own: first one of every picture, then another. */
  readonly views?: number;
  /** Decides order and draws, with nothing else. */
  readonly seed: number | string;
  /** The first step to come, from 0: a resumed run sees the batches that it would have seen. */
  readonly firstStep?: number;
}

export interface Batches {
  next(): Promise<Batch>;
}

/**
 * An endless run of batches: epoch after epoch, each in an order of its own, a batch may reach into the next epoch.
 * Order follows from (seed, epoch), an augmentation's draws from (seed, epoch, place), so that any step can be
 * made without those before it.
 */
export function createBatches(request: BatchRequest): Batches {
  const { source, size, batch, views = 1 } = request;
  const pictures = batch / views;
  const random = createRandom(`batches/${request.seed}`);
  const order = epochOrder(source.length, random);
  let step = request.firstStep ?? 0;
  return {
    async next() {
      const first = step * pictures;
      step++;
      const places = Array.from({ length: batch }, (_, i) => order(first + (i % pictures)));
      const raw = await Promise.all(places.map(({ place }) => source.load(place)));
      const samples: Sample[] = [];
      for (const [i, { epoch, place }] of places.entries()) {
        const view = Math.floor(i / pictures);
        const draws = random.fork(view === 0 ? `${epoch}/${place}` : `${epoch}/${place}/${view}`);
        samples.push(await prepare(request, raw[i]!, place, draws));
      }
      prefetch(source, first + pictures, pictures, order);
      return {
        images: stack(samples, size),
        samples,
        imageIds: places.map(({ place }) => source.imageId(place)),
      };
    },
  };
}

async function prepare(
  { source, augmentation, size }: BatchRequest,
  sample: Sample,
  place: number,
  draws: RandomSource,
): Promise<Sample> {
  if (augmentation === undefined) return fit(sample, size);
  return augmentSample({ ...augmentation, sample, imageId: source.imageId(place), size, draws, source });
}

/** Decoding runs in libuv's threads: what the next step needs is under way while the device computes. */
function prefetch(source: SampleSource, first: number, count: number, order: EpochOrder): void {
  for (let i = 0; i < count; i++) {
    const { place } = order(first + i);
    // A picture that can't be decoded is reported by the step that needs it.
    if (source.peek(place) === undefined) source.load(place).catch(() => undefined);
  }
}

/** Position in the endless run → epoch and place in the source. */
type EpochOrder = (position: number) => { epoch: number; place: number };

function epochOrder(length: number, random: RandomSource): EpochOrder {
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
    return { epoch, place: order[position % length]! };
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
