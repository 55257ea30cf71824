import { fit, type Sample } from '../../contract';
import { stack } from './batches';
import { type Samples } from './sample-source';

/** Images to run a detector or a classifier on, each fitted to the input with its aspect ratio. */
export interface EvaluationBatch {
  /** [B, size, size, 3], 0…255, padded with the mean colour at the right and at the bottom. */
  readonly images: Uint8Array;
  readonly imageIds: readonly number[];
  /** Input pixels per pixel of the image: divide a detected box by it. The axes differ by rounding. */
  readonly scales: readonly { readonly x: number; readonly y: number }[];
  /** Sizes of the images themselves, to clip mapped boxes to. */
  readonly sizes: readonly { readonly width: number; readonly height: number }[];
  /** Samples in pixels of the input. */
  readonly samples: readonly Sample[];
}

/**
 * All samples of a source once, in its order. The last batch may be smaller.
 *
 * @example for await (const batch of createEvaluationBatches({ source, size: 96, batch: 16 })) { … }
 */
export async function* createEvaluationBatches(request: {
  readonly source: Samples;
  /** Side of the square input in pixels. */
  readonly size: number;
  readonly batch: number;
}): AsyncGenerator<EvaluationBatch, void, undefined> {
  const { source, size, batch } = request;
  const load = (first: number) =>
    Promise.all(
      Array.from({ length: Math.min(batch, source.length - first) }, (_, i) => source.load(first + i)),
    );
  let coming = load(0);
  for (let first = 0; first < source.length; first += batch) {
    const raw = await coming;
    coming = load(Math.min(first + batch, source.length));
    // Reported when it is awaited; until then it must not count as unhandled.
    coming.catch(() => undefined);
    const samples = raw.map((sample) => fit(sample, size));
    yield {
      images: stack(samples, size),
      imageIds: raw.map((_, i) => source.imageId(first + i)),
      scales: samples.map(({ image }, i) => ({
        x: image.width / raw[i]!.image.width,
        y: image.height / raw[i]!.image.height,
      })),
      sizes: raw.map(({ image: { width, height } }) => ({ width, height })),
      samples,
    };
  }
}
