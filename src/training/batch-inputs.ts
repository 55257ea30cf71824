import type { Sample } from '../contract';
import { pixelScaling } from '../detector/network';
import type { DetectorSpec } from '../detector/spec';
import { writeTargets, type Truths } from '../detector/targets';
import { hostTensor, type HostTensor } from '../tensor';

/**
 * Fills images [B, side, side, 3] of 0 … 255 into the network's input, scaled.
 * @param target as many values, written from `offset` on
 */
export function scalePixels(spec: DetectorSpec, pixels: Uint8Array, target: Float32Array, offset = 0): void {
  const [red, green, blue] = scalingTables(spec);
  for (let i = 0; i < pixels.length; i += 3) {
    target[offset + i] = red![pixels[i]!]!;
    target[offset + i + 1] = green![pixels[i + 1]!]!;
    target[offset + i + 2] = blue![pixels[i + 2]!]!;
  }
}

const tables = new Map<string, Float32Array[]>();

/** The scaled value of each of the 256 pixel values, for each channel. */
function scalingTables(spec: DetectorSpec): Float32Array[] {
  const { mean, deviation } = pixelScaling(spec);
  const key = [...mean, ...deviation].join();
  let known = tables.get(key);
  if (known === undefined) {
    known = mean.map((value, channel) =>
      Float32Array.from({ length: 256 }, (_, pixel) => (pixel / 255 - value) / deviation[channel]!),
    );
    tables.set(key, known);
  }
  return known;
}

/** Inputs of a detection data set's part: class targets int32 [B, N] and box targets [B, N, 4]. */
export function detectionTargets(
  samples: readonly Sample[],
  anchors: Float32Array,
  { matching }: DetectorSpec,
): { classTargets: HostTensor; boxTargets: HostTensor } {
  const count = anchors.length / 4;
  const classes = new Int32Array(samples.length * count);
  const boxes = new Float32Array(samples.length * count * 4);
  samples.forEach((sample, i) => {
    writeTargets(
      anchors,
      truthsOf(sample),
      matching,
      classes.subarray(i * count, (i + 1) * count),
      boxes.subarray(4 * i * count, 4 * (i + 1) * count),
    );
  });
  return {
    classTargets: hostTensor(classes, [samples.length, count]),
    boxTargets: hostTensor(boxes, [samples.length, count, 4]),
  };
}

/** Crowds are no targets; they are background, as in the reference code. */
function truthsOf({ objects }: Sample): Truths {
  const counted = objects.filter(({ crowd, ignore }) => crowd !== true && ignore !== true);
  const ignored = objects.filter(({ ignore }) => ignore === true);
  return {
    boxes: boxesOf(counted),
    classes: counted.map(({ category }) => category),
    ignoreBoxes: boxesOf(ignored),
  };
}

function boxesOf(objects: Sample['objects']): Float32Array {
  return Float32Array.from(objects.flatMap(({ yMin, xMin, yMax, xMax }) => [yMin, xMin, yMax, xMax]));
}
