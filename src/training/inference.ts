import { type EvaluationBatch } from '../dataset';
import { featureGrid, generateAnchors } from '../detector/anchors';
import { decodeDetections, type DecodedDetections } from '../detector/decoding';
import { type InferenceCost, type NetworkInput, rowOf, runNetwork } from './run-network';

/** A detection in pixels of the picture. */
export interface PictureDetection {
  /** [x, y, width, height] */
  readonly bbox: readonly [number, number, number, number];
  readonly score: number;
  /** Index of the head's class. */
  readonly category: number;
}

export interface DetectedPicture {
  readonly imageId: number;
  readonly width: number;
  readonly height: number;
  readonly detections: readonly PictureDetection[];
}

export interface InferenceResult extends InferenceCost {
  /** By picture, in the source's order. */
  readonly pictures: readonly DetectedPicture[];
}

/** Runs a detector over all pictures of a source. @throws `CANCELLED` */
export async function detectPictures(input: NetworkInput): Promise<InferenceResult> {
  const { spec, head } = input;
  const anchors = generateAnchors(spec, featureGrid(spec, spec.size, spec.size));
  const rows = anchors.length / 4;
  const pictures: DetectedPicture[] = [];
  const cost = await runNetwork(input, {
    name: 'detect',
    select(output) {
      if (output.type !== 'detection') throw new TypeError(`${head.name} is no detection head`);
      return { logits: output.logits, boxCodes: output.boxCodes };
    },
    take(part, { logits, boxCodes }) {
      part.imageIds.forEach((imageId, i) => {
        const { width, height } = part.samples[i]!.image;
        const decoded = decodeDetections(
          {
            anchors,
            logits: rowOf(logits!, i, rows * head.categories),
            boxCodes: rowOf(boxCodes!, i, rows * 4),
            imageShape: { width, height },
          },
          spec.inference,
        );
        pictures.push({ imageId, ...part.sizes[i]!, detections: toPicture(decoded, part, i) });
      });
    },
  });
  return { pictures, ...cost };
}

/** From pixels of the input back to the picture's own, clipped to it. */
function toPicture(
  { boxes, scores, classes }: DecodedDetections,
  { scales, sizes }: EvaluationBatch,
  index: number,
): PictureDetection[] {
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
