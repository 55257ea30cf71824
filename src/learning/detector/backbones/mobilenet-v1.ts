import type { Layers } from '../layers/layers';
import type { BackboneSpec } from '../../../core/plan/detector-spec';
import type { Features } from './features';

export type MobileNetSpec = Extract<BackboneSpec, { type: 'mobilenet-v1' }>;

/** Channels and stride of each separable block (arXiv 1704.04861, table 1). */
const blocks = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

/**
 * MobileNetV1 in Keras' names (`conv1`, `conv_dw_1`, …). Keras pads one row and column after the image before it
 * strides, which is TensorFlow's 'same' at even sides.
 * @source keras/applications/mobilenet.py
 */
export function mobileNetV1<T>(layers: Layers<T>, images: T, spec: MobileNetSpec): Features<T> {
  const norm = spec.batchNorm;
  let x = layers.convolution(images, 'conv1', { filters: Math.floor(32 * spec.width), size: 3, stride: 2 });
  x = layers.batchNormActivate(x, 'conv1_bn', norm, 'relu6');
  const outputs = blocks.map(([channels, stride], i) => {
    x = layers.depthwise(x, `conv_dw_${i + 1}`, { size: 3, stride });
    x = layers.batchNormActivate(x, `conv_dw_${i + 1}_bn`, norm, 'relu6');
    x = layers.convolution(x, `conv_pw_${i + 1}`, { filters: Math.floor(channels * spec.width), size: 1 });
    x = layers.batchNormActivate(x, `conv_pw_${i + 1}_bn`, norm, 'relu6');
    return x;
  });
  return { c3: outputs[4]!, c4: outputs[10]!, c5: outputs[12]! };
}
