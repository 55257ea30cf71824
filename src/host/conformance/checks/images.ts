import { createImage, createRandom, type RgbImage, type Sample, type SampleObject } from '../../../contract';

/** Side of the input that augmentations are tried with. */
export const INPUT_SIZE = 64;

/** An image with a soft dark texture, on which colour operations have an effect and paint is visible. */
export function texture(width: number, height: number, seed: string | number = 'texture'): RgbImage {
  const image = createImage(width, height, [40, 50, 60]);
  const random = createRandom(seed);
  for (let i = 0; i < image.data.length; i++) image.data[i]! += random.integer(40);
  return image;
}

/** Two objects, of which one touches the border. */
export function exampleSample(width: number, height: number, seed: string | number = 'texture'): Sample {
  return {
    image: texture(width, height, seed),
    objects: [
      { xMin: 0, yMin: 0, xMax: width / 2, yMax: height / 3, category: 0 },
      { xMin: width / 4, yMin: height / 4, xMax: width / 2, yMax: height / 2, category: 1, score: 0.6 },
    ],
  };
}

/** Distance of painted pixels from the texture, on every channel. */
const PAINT = 120;

/** The image with the pixels of a box made brighter. */
export function paint(image: RgbImage, { xMin, yMin, xMax, yMax }: SampleObject): RgbImage {
  const data = image.data.slice();
  for (let y = yMin; y < yMax; y++) {
    for (let i = (y * image.width + xMin) * 3; i < (y * image.width + xMax) * 3; i++) data[i]! += PAINT;
  }
  return { ...image, data };
}

export interface Rectangle {
  readonly xMin: number;
  readonly yMin: number;
  readonly xMax: number;
  readonly yMax: number;
}

/** Share of the pixels ignored at each end: operations on the whole image change a few far away. */
const TRIM = 0.02;

/**
 * Where the two images differ: the rectangle around the pixels that differ most, and how many these are.
 * `undefined` where the images are equal or of different size.
 */
export function whereTheyDiffer(
  first: RgbImage,
  second: RgbImage,
): { readonly around: Rectangle; readonly pixels: number } | undefined {
  const { width, height } = first;
  if (second.width !== width || second.height !== height) return undefined;
  const differences = new Float64Array(width * height);
  for (let i = 0; i < first.data.length; i++) {
    differences[Math.floor(i / 3)]! += Math.abs(first.data[i]! - second.data[i]!);
  }
  const limit = Math.max(30, differences.reduce((most, value) => Math.max(most, value), 0) / 2);
  const xs: number[] = [];
  const ys: number[] = [];
  differences.forEach((difference, index) => {
    if (difference < limit) return;
    xs.push(index % width);
    ys.push(Math.floor(index / width));
  });
  if (xs.length === 0) return undefined;
  const [xMin, xMax] = ends(xs);
  const [yMin, yMax] = ends(ys);
  return { around: { xMin, yMin, xMax: xMax + 1, yMax: yMax + 1 }, pixels: xs.length };
}

function ends(values: number[]): [number, number] {
  const sorted = values.sort((a, b) => a - b);
  const cut = Math.floor(sorted.length * TRIM);
  return [sorted[cut]!, sorted[sorted.length - 1 - cut]!];
}

export function overlap(a: Rectangle, b: Rectangle): number {
  const width = Math.min(a.xMax, b.xMax) - Math.max(a.xMin, b.xMin);
  const height = Math.min(a.yMax, b.yMax) - Math.max(a.yMin, b.yMin);
  if (width <= 0 || height <= 0) return 0;
  const area = ({ xMin, yMin, xMax, yMax }: Rectangle) => (xMax - xMin) * (yMax - yMin);
  return (width * height) / (area(a) + area(b) - width * height);
}
