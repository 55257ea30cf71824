import type { Sample } from '../../contract';
import { pixelScaling } from '../detector/architecture';
import type { DetectorSpec } from '../../core/plan/detector-spec';
import { hostTensor, type HostTensor } from '../tensor';
import { scaleInto, scalingTables, writeDetectionTargets } from './input/write-inputs';

/**
 * Fills images [B, side, side, 3] of 0 … 255 into the network's input, scaled.
 * @param target as many values, written from `offset` on
 */
export function scalePixels(spec: DetectorSpec, pixels: Uint8Array, target: Float32Array, offset = 0): void {
  const { mean, std } = pixelScaling(spec);
  scaleInto(scalingTables(mean, std), pixels, 0, pixels.length, target, offset);
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
  writeDetectionTargets(samples, anchors, matching, classes, boxes);
  return {
    classTargets: hostTensor(classes, [samples.length, count]),
    boxTargets: hostTensor(boxes, [samples.length, count, 4]),
  };
}
