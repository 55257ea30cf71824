import { type RgbImage, type Sample, type SampleObject } from './sample';

/** An image scaled to `scaledWidth` × `scaledHeight`, of which the window at the offset is kept. Whole pixels. */
export interface ResizeAndCrop {
  readonly scaledWidth: number;
  readonly scaledHeight: number;
  readonly offsetX: number;
  readonly offsetY: number;
  /** The window; no larger than what the scaled image has right and below of the offset. */
  readonly width: number;
  readonly height: number;
  /** Mirror the image left to right before all else. */
  readonly flip?: boolean;
}

/** ImageNet's mean colour (.485, .456, .406) in 8 bits: what images are padded with. */
export const MEAN_COLOUR = [124, 116, 104] as const;

/** An image of one colour. */
export function createImage(
  width: number,
  height: number,
  colour: readonly [number, number, number] = MEAN_COLOUR,
): RgbImage {
  const data = new Uint8Array(width * height * 3);
  fillColour(data, colour);
  return { width, height, data };
}

/** Fills interleaved RGB values with one colour, in place. */
export function fillColour(data: Uint8Array, [red, green, blue]: readonly [number, number, number]): void {
  if (red === green && green === blue) {
    data.fill(red);
    return;
  }
  if (data.length === 0) return;
  data[0] = red;
  data[1] = green;
  data[2] = blue;
  // Doubling copies run at memory speed, unlike a loop over the pixels.
  for (let filled = 3; filled < data.length; filled *= 2) data.copyWithin(filled, 0, filled);
}

/** Copies an image to the top left of a larger square of `target`, whose rows are `side` pixels long. */
export function pasteTopLeft(target: Uint8Array, side: number, image: RgbImage): void {
  const row = image.width * 3;
  if (image.width === side) {
    target.set(image.data);
    return;
  }
  for (let y = 0; y < image.height; y++) {
    target.set(image.data.subarray(y * row, (y + 1) * row), y * side * 3);
  }
}

/** An image mirrored left to right. */
export function flipImage(image: RgbImage): RgbImage {
  const { width, height, data } = image;
  const flipped = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    let from = (y * width + width - 1) * 3;
    let to = y * width * 3;
    for (let x = 0; x < width; x++, from -= 3, to += 3) {
      flipped[to] = data[from]!;
      flipped[to + 1] = data[from + 1]!;
      flipped[to + 2] = data[from + 2]!;
    }
  }
  return { width, height, data: flipped };
}

/** Objects of an image of the given width, mirrored left to right. */
export function flipObjects(objects: readonly SampleObject[], width: number): SampleObject[] {
  return objects.map((object) => ({ ...object, xMin: width - object.xMax, xMax: width - object.xMin }));
}

/** A sample mirrored left to right, with its boxes. */
export function flip(sample: Sample): Sample {
  return {
    ...sample,
    image: flipImage(sample.image),
    objects: flipObjects(sample.objects, sample.image.width),
  };
}

/**
 * Scales, moves and clips objects: `x · scaleX − offsetX`, cut to 0 … width; likewise y. Objects of which nothing
 * is left are dropped (`keepEmpty`: kept, with no extent).
 */
export function moveObjects(
  objects: readonly SampleObject[],
  by: {
    readonly scaleX: number;
    readonly scaleY: number;
    readonly offsetX: number;
    readonly offsetY: number;
    readonly width: number;
    readonly height: number;
    readonly keepEmpty?: boolean;
  },
): SampleObject[] {
  const moved: SampleObject[] = [];
  for (const object of objects) {
    const xMin = clamp(object.xMin * by.scaleX - by.offsetX, by.width);
    const yMin = clamp(object.yMin * by.scaleY - by.offsetY, by.height);
    const xMax = clamp(object.xMax * by.scaleX - by.offsetX, by.width);
    const yMax = clamp(object.yMax * by.scaleY - by.offsetY, by.height);
    if (by.keepEmpty !== true && (xMax <= xMin || yMax <= yMin)) continue;
    moved.push({ ...object, xMin, yMin, xMax, yMax });
  }
  return moved;
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}
