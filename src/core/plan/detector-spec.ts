import { z } from 'zod';

/**
 * Factor on freshly drawn kernels. Batch norm takes it out of the outputs again, but Adam's steps have one size
 * whatever the weights: the smaller those are, the more a step turns them. For a narrow EfficientNet in a short
 * schedule 0.1 with a low learning rate is far better than 1.
 */
const initialScale = z.number().positive().default(1);

/** A small plain backbone: stride-2 3×3 convolutions with batch norm and ReLU; one entry of `channels` a stage, C1 … C5. */
const plainBackbone = z.strictObject({
  type: z.literal('plain'),
  channels: z.tuple([z.int(), z.int(), z.int(), z.int(), z.int()]).default([16, 24, 48, 64, 96]),
  initialScale,
});

/** Batch norm of the backbone, as published; FPN and heads use `detectorSpec.batchNorm`. */
const ownBatchNorm = z
  .strictObject({ momentum: z.number().default(0.99), epsilon: z.number().positive().default(1e-3) })
  .prefault({});

/** EfficientNet in timm's tensor names; width and depth multiply B0's. */
const efficientnetBackbone = z.strictObject({
  type: z.literal('efficientnet'),
  width: z.number().positive().default(1),
  depth: z.number().positive().default(1),
  /** Drop rate of the last block; that of block i is `dropConnect · i / blocks`. */
  dropConnect: z.number().min(0).max(1).default(0.2),
  batchNorm: ownBatchNorm,
  initialScale,
});

const mobilenetBackbone = z.strictObject({
  type: z.literal('mobilenet-v1'),
  width: z.number().positive().default(1),
  batchNorm: ownBatchNorm,
  initialScale,
});

export const backboneSpec = z.discriminatedUnion('type', [
  plainBackbone,
  efficientnetBackbone,
  mobilenetBackbone,
]);
export type BackboneSpec = z.infer<typeof backboneSpec>;

/** Of red, green and blue, on a scale of 0 … 1. */
const rgb = z.tuple([z.number(), z.number(), z.number()]);

/** RetinaNet with FPN; the defaults are those of the paper's codebase (paper.md, section 2.1). */
export const detectorSpec = z.strictObject({
  backbone: backboneSpec,
  /** Side of the square input in pixels; a multiple of 2^maxLevel is best. */
  size: z.int().min(32).default(640),
  minLevel: z.int().min(3).max(5).default(3),
  maxLevel: z.int().min(5).max(7).default(7),
  /** Scaling of pixels to the network's input; by default what the backbone's published weights were trained with. */
  pixels: z.strictObject({ mean: rgb, std: rgb }).optional(),
  /**
   * `mixed`: convolutions multiply numbers of bfloat16. Absent for `float32`, so that stage keys with that default do not
   * depend on the setting.
   */
  precision: z
    .enum(['float32', 'mixed'])
    .transform((precision) => (precision === 'mixed' ? precision : undefined))
    .optional(),
  fpnChannels: z.int().positive().default(256),
  headConvolutions: z.int().min(0).default(4),
  head: z
    .strictObject({
      /** Of the convolutions; by default `fpnChannels`. */
      channels: z.int().positive().optional(),
      /** Probability of every class at every anchor in the beginning (arXiv 1708.02002, section 4.1). */
      priorProbability: z.number().gt(0).lt(1).default(0.01),
      /** Of fresh kernels of the convolutions and of the predictors. */
      convolutionStd: z.number().positive().default(0.01),
      predictorStd: z.number().positive().default(1e-5),
    })
    .prefault({}),
  anchors: z
    .strictObject({
      /** Anchor side as a multiple of the level's stride. */
      size: z.number().positive().default(4),
      octaveScales: z.int().positive().default(3),
      /** Width / height. */
      aspectRatios: z.array(z.number().positive()).min(1).default([1, 2, 0.5]),
    })
    .prefault({}),
  matching: z
    .strictObject({
      positive: z.number().default(0.5),
      negative: z.number().default(0.5),
      /** The best anchor of every object is positive whatever the IoU. */
      forceMatch: z.boolean().default(true),
    })
    .prefault({}),
  loss: z
    .strictObject({
      focalAlpha: z.number().default(0.25),
      focalGamma: z.number().default(1.5),
      huberDelta: z.number().positive().default(0.1),
      boxWeight: z.number().default(50),
      /** `positives + 1` over the batch, box loss by 4 × that (the paper's code); or `positives`, both by the same. */
      normaliser: z.enum(['positives+1', 'positives']).default('positives+1'),
    })
    .prefault({}),
  batchNorm: z
    .strictObject({ momentum: z.number().default(0.997), epsilon: z.number().positive().default(1e-4) })
    .prefault({}),
  inference: z
    .strictObject({
      /** Side of the input in pixels where detections are made; by default that of training. */
      size: z.int().min(32).optional(),
      scoreThreshold: z.number().default(0.05),
      preNmsTopK: z.int().default(5000),
      nmsIou: z.number().default(0.5),
      maxDetections: z.int().default(100),
      /** Soft-NMS: scores of overlapping boxes fall by exp(−IoU² / sigma) instead of suppression at `nmsIou`. */
      softNmsSigma: z.number().positive().optional(),
      /** `exact` inverts the box coder; `reference` adds 1 to an anchor's extent and clips to side − 1 (paper.md, 2.1). */
      boxDecoding: z.enum(['reference', 'exact']).default('reference'),
      /** Height and width are at most so many times the anchor's; keeps exp() finite early in training. */
      maxSizeRatio: z.number().positive().default(62.5),
    })
    .prefault({}),
});
export type DetectorSpec = z.infer<typeof detectorSpec>;

const defaultInference = detectorSpec.shape.inference.parse(undefined);

/** The detector for training, which does not depend on inference. */
export function forTraining(spec: DetectorSpec): DetectorSpec {
  return { ...spec, inference: defaultInference };
}

/** The detector for inference, at its own resolution if the spec has one. */
export function forInference(spec: DetectorSpec): DetectorSpec {
  return { ...spec, size: spec.inference.size ?? spec.size };
}
