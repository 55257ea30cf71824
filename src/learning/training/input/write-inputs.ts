import { MEAN_COLOUR, type RgbImage, type Sample } from '../../../contract';
import { writeTargets, type BatchTruths } from '../../detector/targets';
import { imagesOf, type InputArrays, type InputLayout } from './input-plan';

/** The scaled value of each of the 256 pixel values, for red, green, blue. */
export type ScalingTables = readonly [Float32Array, Float32Array, Float32Array];

/** (value / 255 − mean) / std */
export function scalingTables(mean: readonly number[], std: readonly number[]): ScalingTables {
  const [red, green, blue] = mean.map((value, channel) =>
    Float32Array.from({ length: 256 }, (_, pixel) => (pixel / 255 - value) / std[channel]!),
  );
  return [red!, green!, blue!];
}

/** Scales interleaved pixels `from` … `end` − 1 into `target`, from `to` on. */
export function scaleInto(
  [red, green, blue]: ScalingTables,
  pixels: Uint8Array,
  from: number,
  end: number,
  target: Float32Array,
  to: number,
): void {
  for (; from < end; from += 3, to += 3) {
    target[to] = red[pixels[from]!]!;
    target[to + 1] = green[pixels[from + 1]!]!;
    target[to + 2] = blue[pixels[from + 2]!]!;
  }
}

/** Scales an image into a square of `size`, from `offset` on; a smaller one is padded with the mean colour on the right and below. */
export function writeImage(
  tables: ScalingTables,
  { width, height, data }: RgbImage,
  size: number,
  target: Float32Array,
  offset: number,
): void {
  if (width === size) {
    scaleInto(tables, data, 0, height * width * 3, target, offset);
  } else {
    for (let y = 0; y < height; y++) {
      const row = offset + y * size * 3;
      scaleInto(tables, data, y * width * 3, (y + 1) * width * 3, target, row);
      fill(tables, target, row + width * 3, row + size * 3);
    }
  }
  fill(tables, target, offset + height * size * 3, offset + size * size * 3);
}

function fill(tables: ScalingTables, target: Float32Array, from: number, end: number): void {
  const [red, green, blue] = MEAN_COLOUR.map((value, channel) => tables[channel]![value]!);
  for (; from < end; from += 3) {
    target[from] = red!;
    target[from + 1] = green!;
    target[from + 2] = blue!;
  }
}

/** Writes samples `first` … of a part into a step's arrays: the images, and for detection their targets. */
export function createSampleWriter(layout: InputLayout) {
  const { size, mean, std, parts } = layout;
  const tables = scalingTables(mean, std);
  const starts = parts.map((_, part) => imagesOf(parts.slice(0, part)));
  return (arrays: InputArrays, part: number, samples: readonly Sample[], first = 0): void => {
    const images = arrays['images']!.values as Float32Array;
    samples.forEach(({ image }, i) => {
      writeImage(tables, image, size, images, (starts[part]! + first + i) * size * size * 3);
    });
    if (parts[part]!.type !== 'detection') return;
    writeDetectionTargets(samples, layout, arrays, part, first);
  };
}

/** Fills samples `first` … of a part's class targets [B, N], box targets [B, N, 4] and, where it has them, scores [B, N]. */
export function writeDetectionTargets(
  samples: readonly Sample[],
  { anchors, matching }: Pick<InputLayout, 'anchors' | 'matching'>,
  arrays: InputArrays,
  part: number,
  first = 0,
): void {
  const classes = arrays[`classTargets.${part}`]!.values as Int32Array;
  const boxes = arrays[`boxTargets.${part}`]!.values as Float32Array;
  const scores = arrays[`scores.${part}`]?.values as Float32Array | undefined;
  const count = anchors.length / 4;
  samples.forEach((sample, i) => {
    const row = (first + i) * count;
    writeTargets(
      anchors,
      truthsOf(sample),
      matching,
      classes.subarray(row, row + count),
      boxes.subarray(4 * row, 4 * (row + count)),
      scores?.subarray(row, row + count),
    );
  });
}

/** Crowds are no targets; they are background, as in the reference code. */
function truthsOf({ objects }: Sample): BatchTruths {
  const counted = objects.filter(({ crowd, ignore }) => crowd !== true && ignore !== true);
  const ignored = objects.filter(({ ignore }) => ignore === true);
  return {
    boxes: boxesOf(counted),
    classes: counted.map(({ category }) => category),
    scores: counted.map(({ score }) => score ?? 1),
    ignoreBoxes: boxesOf(ignored),
  };
}

function boxesOf(objects: Sample['objects']): Float32Array {
  return Float32Array.from(objects.flatMap(({ yMin, xMin, yMax, xMax }) => [yMin, xMin, yMax, xMax]));
}
