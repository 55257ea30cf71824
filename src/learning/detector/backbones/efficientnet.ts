import type { NormLayerOptions, Layers } from '../layers/layers';
import type { BackboneSpec } from '../../../core/plan/detector-spec';
import type { Features } from './features';

export type EfficientNetSpec = Extract<BackboneSpec, { type: 'efficientnet' }>;

/** B0's stages (arXiv 1905.11946, table 1). */
const stages = [
  { channels: 16, repeats: 1, size: 3, stride: 1, expand: 1 },
  { channels: 24, repeats: 2, size: 3, stride: 2, expand: 6 },
  { channels: 40, repeats: 2, size: 5, stride: 2, expand: 6 },
  { channels: 80, repeats: 3, size: 3, stride: 2, expand: 6 },
  { channels: 112, repeats: 3, size: 5, stride: 1, expand: 6 },
  { channels: 192, repeats: 4, size: 5, stride: 2, expand: 6 },
  { channels: 320, repeats: 1, size: 3, stride: 1, expand: 6 },
];

/** Width and depth multipliers of B0 … B7. */
export const efficientNetVariants = {
  b0: { width: 1, depth: 1 },
  b1: { width: 1, depth: 1.1 },
  b2: { width: 1.1, depth: 1.2 },
  b3: { width: 1.2, depth: 1.4 },
  b4: { width: 1.4, depth: 1.8 },
  b5: { width: 1.6, depth: 2.2 },
  b6: { width: 1.8, depth: 2.6 },
  b7: { width: 2, depth: 3.1 },
} as const;

/** Nearest multiple of 8, but not less than 90 % of the scaled number. */
export function scaledChannels(channels: number, width: number): number {
  const scaled = channels * width;
  const rounded = Math.max(8, Math.floor((scaled + 4) / 8) * 8);
  return rounded < 0.9 * scaled ? rounded + 8 : rounded;
}

function scaledRepeats(repeats: number, depth: number): number {
  return Math.ceil(repeats * depth);
}

/** Probability that an image's branch of each block is dropped: a line from 0, `dropConnect · i / blocks`. */
export function dropRates(spec: EfficientNetSpec): number[] {
  const blocks = stages.reduce((sum, { repeats }) => sum + scaledRepeats(repeats, spec.depth), 0);
  return Array.from({ length: blocks }, (_, i) => (spec.dropConnect * i) / blocks);
}

/**
 * EfficientNet without its head, in timm's tensor names (`conv_stem`, `bn1`, `blocks.{stage}.{block}.…`).
 * @source timm, models/efficientnet.py and _efficientnet_blocks.py; paper.md, section 5
 */
export function efficientNet<T>(layers: Layers<T>, images: T, spec: EfficientNetSpec): Features<T> {
  const norm = spec.batchNorm;
  let x = layers.convolution(images, 'conv_stem', {
    filters: scaledChannels(32, spec.width),
    size: 3,
    stride: 2,
  });
  x = layers.batchNormActivate(x, 'bn1', norm, 'swish');
  const outputs: T[] = [];
  let index = 0;
  stages.forEach((stage, s) => {
    for (let j = 0; j < scaledRepeats(stage.repeats, spec.depth); j++) {
      x = block(layers.scope(`blocks.${s}.${j}.`), x, {
        ...stage,
        index: index++,
        channels: scaledChannels(stage.channels, spec.width),
        stride: j === 0 ? stage.stride : 1,
        norm,
      });
    }
    outputs.push(x);
  });
  return { c3: outputs[2]!, c4: outputs[4]!, c5: outputs[6]! };
}

interface BlockOptions {
  readonly index: number;
  readonly channels: number;
  readonly size: number;
  readonly stride: number;
  readonly expand: number;
  readonly norm: NormLayerOptions;
}

/**
 * Inverted residual with squeeze and excitation. timm's names differ without expansion: there `conv_pw` projects
 * and `bn1` follows the depthwise convolution.
 */
function block<T>(layers: Layers<T>, input: T, options: BlockOptions): T {
  const { channels, size, stride, expand, norm, index } = options;
  const inputChannels = layers.channels(input);
  const [depthwiseNorm, project, projectNorm] =
    expand === 1 ? ['bn1', 'conv_pw', 'bn2'] : ['bn2', 'conv_pwl', 'bn3'];
  let x = input;
  if (expand !== 1) {
    x = layers.convolution(x, 'conv_pw', { filters: inputChannels * expand, size: 1 });
    x = layers.batchNormActivate(x, 'bn1', norm, 'swish');
  }
  x = layers.depthwise(x, 'conv_dw', { size, stride });
  x = layers.batchNormActivate(x, depthwiseNorm, norm, 'swish');
  x = squeezeExcite(layers, x, Math.max(1, roundHalfToEven(inputChannels * 0.25)));
  x = layers.batchNorm(layers.convolution(x, project, { filters: channels, size: 1 }), projectNorm, norm);
  return layers.sameShape(x, input) ? layers.add(layers.dropBranch(x, index), input) : x;
}

function squeezeExcite<T>(layers: Layers<T>, x: T, reduced: number): T {
  const bias = { initial: 0 };
  let gate = layers.globalPool(x);
  gate = layers.convolution(gate, 'se.conv_reduce', { filters: reduced, size: 1, bias });
  gate = layers.activate(gate, 'swish');
  gate = layers.convolution(gate, 'se.conv_expand', { filters: layers.channels(x), size: 1, bias });
  return layers.scale(x, layers.activate(gate, 'sigmoid'));
}

/** Python's round(), which the published widths of the gates follow. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** What is between the features and timm's classifier: `conv_head`, `bn2`, swish. */
export function efficientNetHead<T>(layers: Layers<T>, c5: T, spec: EfficientNetSpec): T {
  const filters = scaledChannels(1280, spec.width);
  const x = layers.convolution(c5, 'conv_head', { filters, size: 1 });
  return layers.batchNormActivate(x, 'bn2', spec.batchNorm, 'swish');
}
