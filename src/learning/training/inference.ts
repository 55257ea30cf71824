import { type EvaluationBatch } from '../dataset';
import { featureGrid, generateAnchors } from '../detector/anchors';
import { decodeDetections, type DecodedDetections } from '../detector/decoding';
import type { HostTensor } from '../tensor';
import {
  type Computation,
  headComputation,
  type HeadNetwork,
  type InferenceCost,
  type NetworkInput,
  rowOf,
  runNetwork,
} from './run-network';

/** A detection in pixels of the image. */
export interface ImageDetection {
  /** [x, y, width, height] */
  readonly bbox: readonly [number, number, number, number];
  readonly score: number;
  /** Index of the head's class. */
  readonly category: number;
}

export interface DetectedImage {
  readonly imageId: number;
  readonly width: number;
  readonly height: number;
  readonly detections: readonly ImageDetection[];
}

export interface InferenceResult extends InferenceCost {
  /** By image, in the source's order. */
  readonly images: readonly DetectedImage[];
}

/** The outputs of a detector that decoding needs. */
export function detectorOutputs(network: HeadNetwork): Computation {
  return headComputation(network, (output) => {
    if (output.type !== 'detection') throw new TypeError('no detection head');
    return { logits: output.logits, boxCodes: output.boxCodes };
  });
}

/** Decodes single images of a batch of `detectorOutputs`. */
export function createDecoder({ spec, head }: HeadNetwork) {
  const anchors = generateAnchors(spec, featureGrid(spec, spec.size, spec.size));
  const rows = anchors.length / 4;
  return (
    { logits, boxCodes }: Readonly<Record<string, HostTensor>>,
    index: number,
    imageShape: { readonly height: number; readonly width: number },
  ): DecodedDetections => {
    const outputs = {
      anchors,
      logits: rowOf(logits!, index, rows * head.categories),
      boxCodes: rowOf(boxCodes!, index, rows * 4),
      imageShape,
    };
    return decodeDetections(outputs, spec.inference);
  };
}

/** Runs a detector over all images of a source. @throws `CANCELLED` */
export async function detectImages(input: NetworkInput & HeadNetwork): Promise<InferenceResult> {
  const decode = createDecoder(input);
  const images: DetectedImage[] = [];
  const cost = await runNetwork(input, {
    name: 'detect',
    compute: detectorOutputs(input),
    take(part, outputs) {
      part.imageIds.forEach((imageId, i) => {
        const decoded = decode(outputs, i, part.samples[i]!.image);
        images.push({ imageId, ...part.sizes[i]!, detections: toImage(decoded, part, i) });
      });
    },
  });
  return { images, ...cost };
}

/** From pixels of the input back to the image's own, clipped to it. */
function toImage(
  { boxes, scores, classes }: DecodedDetections,
  { scales, sizes }: EvaluationBatch,
  index: number,
): ImageDetection[] {
  const scale = scales[index]!;
  const size = sizes[index]!;
  return Array.from(scores, (score, row) => {
    const yMin = Math.max(0, boxes[4 * row]! / scale.y);
    const xMin = Math.max(0, boxes[4 * row + 1]! / scale.x);
    const yMax = Math.min(size.height, boxes[4 * row + 2]! / scale.y);
    const xMax = Math.min(size.width, boxes[4 * row + 3]! / scale.x);
    return {
      bbox: [xMin, yMin, Math.max(0, xMax - xMin), Math.max(0, yMax - yMin)],
      score,
      category: classes[row]!,
    };
  });
}
