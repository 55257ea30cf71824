import { featureGrid, generateAnchors } from '../detector/anchors';
import { pixelScaling } from '../detector/architecture';
import type { DetectorSpec } from '../../core/plan/detector-spec';
import type { InputLayout } from './input/input-plan';
import { scaleInto, scalingTables } from './input/write-inputs';

/**
 * Fills images [B, side, side, 3] of 0 … 255 into the network's input, scaled.
 * @param target as many values, written from `offset` on
 */
export function scalePixels(spec: DetectorSpec, pixels: Uint8Array, target: Float32Array, offset = 0): void {
  const { mean, std } = pixelScaling(spec);
  scaleInto(scalingTables(mean, std), pixels, 0, pixels.length, target, offset);
}

/** What decides the inputs of a network that is trained on these parts. */
export function inputLayout<Parts extends InputLayout['parts']>(
  spec: DetectorSpec,
  parts: Parts,
): InputLayout & { readonly parts: Parts } {
  const { size, matching } = spec;
  const anchors = generateAnchors(spec, featureGrid(spec, size, size));
  return { ...pixelScaling(spec), size, anchors, matching, parts };
}
