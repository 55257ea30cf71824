import {
  type AugmentationPlugin,
  type RandomSource,
  RethinkError,
  type Sample,
  type SampleObject,
} from '../../contract';
import { type CachedSamples } from './sample-source';

export interface AugmentRequest {
  readonly name: string;
  readonly plugin: AugmentationPlugin;
  readonly sample: Sample;
  readonly imageId: number;
  readonly size: number;
  readonly random: RandomSource;
  readonly source: CachedSamples;
}

/** Thrown through a plugin that asks for another sample whose image has to be decoded first. */
class ImageAwaited extends Error {}

/**
 * Applies an augmentation and checks its result.
 *
 * `another()` is synchronous, decoding is not: if the chosen image is not cached, the plugin is interrupted, the
 * image decoded, and the plugin run again with the same random numbers. Plugins are pure functions, so the result is the same.
 *
 * @throws RethinkError `AUGMENTATION_FAILED` or `AUGMENTATION_RESULT`, naming plugin and image
 */
export async function augmentSample(request: AugmentRequest): Promise<Sample> {
  const { plugin, sample, size, random, source } = request;
  const loaded = new Map<number, Sample>();
  for (;;) {
    // Made when it is asked for: seeding a source takes longer than the smallest augmentation.
    let partners: RandomSource | undefined;
    let awaited: number | undefined;
    const another = (): Sample => {
      partners ??= random.fork('another');
      const index = partners.integer(source.length);
      const partner = loaded.get(index) ?? source.peek(index);
      if (partner !== undefined) return partner;
      awaited ??= index;
      throw new ImageAwaited();
    };
    let result: Sample | undefined;
    try {
      result = plugin.apply(sample, { size, random: random.fork('augmentation'), another });
    } catch (cause) {
      if (awaited === undefined) throw failure(request, cause);
    }
    if (awaited === undefined) return checked(request, result);
    loaded.set(awaited, await source.load(awaited));
  }
}

function where({ name, imageId }: AugmentRequest): string {
  return `Augmentation "${name}" on image ${imageId}`;
}

function failure(request: AugmentRequest, cause: unknown): RethinkError {
  if (cause instanceof RethinkError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new RethinkError('AUGMENTATION_FAILED', `${where(request)} failed: ${message}.`, { cause });
}

/** Boxes may stick out by float rounding, no more. Pixels. */
const tolerance = 1e-3;

function checked(request: AugmentRequest, result: Sample | undefined): Sample {
  const problem = problemOf(result, request.size);
  if (problem !== undefined || result === undefined) {
    throw new RethinkError('AUGMENTATION_RESULT', `${where(request)} returned ${problem ?? 'nothing'}.`, {
      hint: 'See docs/reference/contract.md; for details, run `rethink plugin check`',
    });
  }
  return result;
}

/** What is wrong with an augmentation's result; `undefined` where nothing is. */
export function problemOf(result: Sample | undefined, size: number): string | undefined {
  const image = result?.image;
  if (image === undefined || !(image.data instanceof Uint8Array)) return 'no image';
  const { width, height, data } = image;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    return `an image of ${width} × ${height} pixels`;
  }
  if (width > size || height > size) {
    return `an image of ${width} × ${height} pixels, larger than the input of ${size} × ${size}`;
  }
  if (data.length !== width * height * 3) {
    return `${data.length} values for an image of ${width} × ${height} × 3`;
  }
  if (result === undefined || !Array.isArray(result.objects)) return 'no list of objects';
  for (const object of result.objects as readonly SampleObject[]) {
    if (!isInside(object, width, height)) {
      const { xMin, yMin, xMax, yMax } = object;
      return `a box [${xMin}, ${yMin}, ${xMax}, ${yMax}] outside its image of ${width} × ${height} pixels`;
    }
  }
  return undefined;
}

/** False for NaN, too. */
function isInside({ xMin, yMin, xMax, yMax }: SampleObject, width: number, height: number): boolean {
  return (
    xMin >= -tolerance &&
    yMin >= -tolerance &&
    xMin <= xMax &&
    yMin <= yMax &&
    xMax <= width + tolerance &&
    yMax <= height + tolerance
  );
}
