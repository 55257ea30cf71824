import { flipObjects, moveObjects, type ResizeAndCrop } from './image';
import { resampleBilinear, sampleBilinear } from './image-resample';
import { type RandomSource } from './random';
import { type RgbImage, type Sample } from './sample';

/** In pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** A number is the side of a square. */
function sizeOf(size: number | Size): Size {
  return typeof size === 'number' ? { width: size, height: size } : size;
}

/** Rounds half to even, as the paper's code (TensorFlow, NumPy) does. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * The size of an image that is fitted into `scale · size` (a side, or width and height) with its aspect kept, both rounded half to even
 * (paper.md 2.1, jitter). At least one pixel.
 */
export function fittedSize(
  image: Size,
  size: number | Size,
  scale = 1,
): { scaledWidth: number; scaledHeight: number } {
  const input = sizeOf(size);
  const ratio = Math.min(
    roundHalfToEven(scale * input.width) / image.width,
    roundHalfToEven(scale * input.height) / image.height,
  );
  return {
    scaledWidth: Math.max(1, roundHalfToEven(image.width * ratio)),
    scaledHeight: Math.max(1, roundHalfToEven(image.height * ratio)),
  };
}

/**
 * Where to cut an image scaled by `scale`: the whole of it where it fits into `size`, else a window at a random
 * offset, trunc(u · excess) on each axis.
 *
 * @param uniformY, uniformX draws in [0, 1)
 */
export function cropWindow(
  image: Size,
  size: number | Size,
  scale: number,
  uniformY: number,
  uniformX: number,
): ResizeAndCrop {
  const input = sizeOf(size);
  const { scaledWidth, scaledHeight } = fittedSize(image, input, scale);
  return {
    scaledWidth,
    scaledHeight,
    offsetX: Math.trunc(uniformX * Math.max(scaledWidth - input.width, 0)),
    offsetY: Math.trunc(uniformY * Math.max(scaledHeight - input.height, 0)),
    width: Math.min(scaledWidth, input.width),
    height: Math.min(scaledHeight, input.height),
  };
}

/** Scales and crops an image by bilinear sampling without antialiasing, rounded to 8 bits. */
export function resizeAndCropImage(image: RgbImage, window: ResizeAndCrop): RgbImage {
  const { width, height } = window;
  const data = new Uint8Array(width * height * 3);
  resampleBilinear(image, window, data);
  return { width, height, data };
}

/**
 * The same without rounding: [height, width, 3] values of 0 … 255, as the paper's code has them before it rounds or
 * normalises. Slower; for what needs more than eight bits.
 */
export function resizeAndCropValues(image: RgbImage, window: ResizeAndCrop): Float32Array {
  const values = new Float32Array(window.width * window.height * 3);
  sampleBilinear(image, window, values);
  return values;
}

/** Scales and crops a sample; its objects go with it, those without any extent left are dropped. */
export function resizeAndCrop(sample: Sample, window: ResizeAndCrop): Sample {
  const { image } = sample;
  const objects = window.flip ? flipObjects(sample.objects, image.width) : sample.objects;
  return {
    ...sample,
    image: resizeAndCropImage(image, window),
    objects: moveObjects(objects, {
      ...window,
      scaleX: window.scaledWidth / image.width,
      scaleY: window.scaledHeight / image.height,
    }),
  };
}

/** Options of `jitterAndCrop`. */
export interface JitterOptions {
  /** Side of the square input in pixels. */
  readonly size: number;
  /** Bounds of the scale, drawn uniformly; 1 fits the image into the input exactly. */
  readonly scaleMin: number;
  readonly scaleMax: number;
  /** Probability of mirroring left to right. */
  readonly flip: number;
}

/**
 * Random mirroring, scale jitter and crop in one pass over the pixels (paper.md 2.1: flip, then jittered resize and
 * crop). The result is at most `size` × `size`.
 */
export function jitterAndCrop(sample: Sample, options: JitterOptions, random: RandomSource): Sample {
  const flip = random.chance(options.flip);
  const scale = random.between(options.scaleMin, options.scaleMax);
  const uniformY = random.uniform();
  const uniformX = random.uniform();
  return resizeAndCrop(sample, {
    ...cropWindow(sample.image, options.size, scale, uniformY, uniformX),
    flip,
  });
}

/** Fits a sample into `size` × `size` with its aspect kept, as evaluation does. */
export function fit(sample: Sample, size: number): Sample {
  return resizeAndCrop(sample, cropWindow(sample.image, size, 1, 0, 0));
}
