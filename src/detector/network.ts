import { tf } from '../tensor';
import type { Features } from './backbones/features';
import { efficientNet } from './backbones/efficientnet';
import { mobileNetV1 } from './backbones/mobilenet-v1';
import { plainBackbone } from './backbones/plain';
import { featurePyramid } from './fpn';
import { classificationHead, detectionHead, type HeadSpec } from './heads';
import type { Layers } from './layers/layers';
import { type Parameter } from './layers/parameter';
import { ShapeLayers } from './layers/shape-layers';
import { TensorLayers, type Pass } from './layers/tensor-layers';
import type { DetectorSpec } from './spec';

/** How pixels 0 … 255 become the network's input: (value / 255 − mean) / deviation for red, green, blue. */
export interface PixelScaling {
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

/** ImageNet's statistics, but for Keras' MobileNet, which wants −1 … 1. */
export function pixelScaling({ backbone }: DetectorSpec): PixelScaling {
  return backbone.type === 'mobilenet-v1'
    ? { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] }
    : { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };
}

/** All tensors of a network with these heads: names, shapes and how to draw them. Needs no TensorFlow. */
export function describeParameters(spec: DetectorSpec, heads: readonly HeadSpec[]): Parameter[] {
  const layers = new ShapeLayers();
  const images = { height: spec.size, width: spec.size, channels: 3 };
  const features = backboneFeatures(layers, images, spec);
  if (heads.some(({ type }) => type === 'detection')) pyramid(layers, features, spec);
  for (const head of heads) headOutputs(layers, features, head, spec);
  return [...layers.parameters.values()];
}

export interface DetectionResult {
  /** [batch, N, K] */
  readonly logits: tf.Tensor3D;
  /** [batch, N, 4] */
  readonly boxCodes: tf.Tensor3D;
}

/**
 * A detector's forward pass: a pure function of parameters and pictures.
 * @param images [batch, height, width, 3], scaled by `pixelScaling`
 */
export function detect(pass: Pass, images: tf.Tensor4D, head: HeadSpec, spec: DetectorSpec): DetectionResult {
  const layers = new TensorLayers(pass);
  const features = backboneFeatures(layers, images, spec);
  const maps = pyramid(layers, features, spec);
  const { logits, boxCodes } = detectionHead(headLayers(layers, head), maps, head.categories, spec);
  return { logits: tf.squeeze(logits, [1]), boxCodes: tf.squeeze(boxCodes, [1]) };
}

/** A classifier's forward pass; logits [batch, categories]. */
export function classify(pass: Pass, images: tf.Tensor4D, head: HeadSpec, spec: DetectorSpec): tf.Tensor2D {
  const layers = new TensorLayers(pass);
  const features = backboneFeatures(layers, images, spec);
  const logits = classificationHead(headLayers(layers, head), features.c5, head.categories, spec);
  return tf.squeeze(logits, [1, 2]);
}

/** C3 … C5 of the backbone alone. */
export function backboneMaps(pass: Pass, images: tf.Tensor4D, spec: DetectorSpec): Features<tf.Tensor4D> {
  return backboneFeatures(new TensorLayers(pass), images, spec);
}

function headOutputs<T>(layers: Layers<T>, features: Features<T>, head: HeadSpec, spec: DetectorSpec): void {
  const scoped = headLayers(layers, head);
  switch (head.type) {
    case 'detection':
      detectionHead(scoped, pyramid(layers, features, spec), head.categories, spec);
      break;
    case 'classification':
      classificationHead(scoped, features.c5, head.categories, spec);
      break;
  }
}

function headLayers<T>(layers: Layers<T>, head: HeadSpec): Layers<T> {
  return layers.scope(`head.${head.name}.`, 'pytorch');
}

function pyramid<T>(layers: Layers<T>, features: Features<T>, spec: DetectorSpec): T[] {
  return featurePyramid(layers.scope('fpn.', 'pytorch'), features, spec);
}

function backboneFeatures<T>(layers: Layers<T>, images: T, spec: DetectorSpec): Features<T> {
  const { backbone } = spec;
  switch (backbone.type) {
    case 'plain':
      return plainBackbone(layers.scope('backbone.', 'pytorch'), images, backbone, spec.batchNorm);
    case 'efficientnet':
      return efficientNet(layers.scope('backbone.', 'pytorch'), images, backbone);
    case 'mobilenet-v1':
      return mobileNetV1(layers.scope('backbone.', 'keras'), images, backbone);
  }
}
