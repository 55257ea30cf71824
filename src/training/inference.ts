import { setImmediate as nextTurn } from 'node:timers/promises';
import { RethinkError } from '../contract';
import type { FlopCount } from '../cost/flops';
import { createEvaluationBatches, type EvaluationBatch, type SampleSource } from '../dataset';
import { featureGrid, generateAnchors } from '../detector/anchors';
import { decodeDetections, type DecodedDetections } from '../detector/decoding';
import type { HeadSpec } from '../detector/heads';
import { forward } from '../detector/network';
import type { DetectorSpec } from '../detector/spec';
import type { Weights } from '../detector/weights';
import { createState, hostTensor, type tf } from '../tensor';
import { scalePixels } from './batch-inputs';

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

export interface InferenceResult {
  /** By picture, in the source's order. */
  readonly pictures: readonly DetectedPicture[];
  readonly flops: number;
  readonly unknownKernels: Readonly<Record<string, number>>;
  readonly deviceSeconds: number;
  readonly secondsByPhase: Readonly<Record<string, number>>;
}

export interface InferenceOptions {
  readonly spec: DetectorSpec;
  readonly head: HeadSpec;
  /** All parameters of backbone, pyramid and head. */
  readonly weights: Weights;
  readonly source: SampleSource;
  readonly signal?: AbortSignal;
  onPictures?(done: number): void;
}

/** Pixels of a batch: 32 pictures of 96 px, one of 640. */
const batchPixels = 300_000;

/** Runs a detector over all pictures of a source. @throws `CANCELLED` */
export async function detectPictures(options: InferenceOptions): Promise<InferenceResult> {
  const { spec, head, weights, source, signal } = options;
  const { size } = spec;
  const batch = Math.min(32, source.length, Math.max(1, Math.floor(batchPixels / size ** 2)));
  const anchors = generateAnchors(spec, featureGrid(spec, size, size));
  const state = createState(weights);
  const step = state.createStep({
    name: 'detect',
    run(context) {
      const parameters = Object.fromEntries(Object.keys(weights).map((name) => [name, context.get(name)]));
      const images = context.inputs.images as tf.Tensor4D;
      const [output] = forward({ parameters, training: false }, images, [{ head, pictures: batch }], spec);
      if (output?.type !== 'detection') throw new TypeError(`${head.name} is no detection head`);
      return { logits: output.logits, boxCodes: output.boxCodes };
    },
  });

  const seconds = { compile: 0, data: 0, compute: 0, decode: 0 };
  const pictures: DetectedPicture[] = [];
  let cost: FlopCount | undefined;
  let runs = 0;
  let mark = performance.now();
  const lap = (phase: keyof typeof seconds) => {
    const now = performance.now();
    seconds[phase] += (now - mark) / 1000;
    mark = now;
  };
  for await (const part of createEvaluationBatches({ source, size, batch })) {
    // A smaller last batch is filled up: other shapes would be compiled anew.
    const pixels = new Float32Array(batch * size * size * 3);
    scalePixels(spec, part.images, pixels);
    const images = hostTensor(pixels, [batch, size, size, 3]);
    lap('data');
    if (cost === undefined) {
      cost = await step.flops({ images });
      lap('compile');
    }
    const { logits, boxCodes } = await step.run({ images });
    runs++;
    lap('compute');
    part.imageIds.forEach((imageId, i) => {
      const rows = anchors.length / 4;
      const { width, height } = part.samples[i]!.image;
      const decoded = decodeDetections(
        {
          anchors,
          logits: picture(logits!.values, i, rows * head.categories),
          boxCodes: picture(boxCodes!.values, i, rows * 4),
          imageShape: { width, height },
        },
        spec.inference,
      );
      pictures.push({ imageId, ...part.sizes[i]!, detections: toPicture(decoded, part, i) });
    });
    lap('decode');
    options.onPictures?.(pictures.length);
    await nextTurn();
    if (signal?.aborted === true) {
      throw new RethinkError('CANCELLED', `Detection was stopped after ${pictures.length} pictures.`);
    }
  }
  state.dispose();
  return {
    pictures,
    flops: cost!.flops * runs,
    unknownKernels: Object.fromEntries(cost!.unknown.map((kernel) => [kernel, runs])),
    deviceSeconds: seconds.compute,
    secondsByPhase: seconds,
  };
}

function picture(values: ArrayLike<number>, index: number, length: number): Float32Array {
  return (values as Float32Array).subarray(index * length, (index + 1) * length);
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
