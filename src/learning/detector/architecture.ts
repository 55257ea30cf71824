import type { Features } from './backbones/features';
import { efficientNet } from './backbones/efficientnet';
import { mobileNetV1 } from './backbones/mobilenet-v1';
import { plainBackbone } from './backbones/plain';
import { featurePyramid } from './fpn';
import { classificationHead, detectionHead, projectionHead } from './heads';
import type { HeadSpec } from '../../core/plan/head-spec';
import type { Layers } from './layers/layers';
import { type Parameter } from './layers/parameter';
import { ShapeLayers } from './layers/shape-layers';
import type { DetectorSpec } from '../../core/plan/detector-spec';

/** How pixels 0 … 255 become the network's input: (value / 255 − mean) / std for red, green, blue. */
export interface PixelScaling {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** The spec's own, or ImageNet's statistics, except for Keras' MobileNet, which requires −1 … 1. */
export function pixelScaling({ backbone, pixels }: DetectorSpec): PixelScaling {
  if (pixels !== undefined) return pixels;
  return backbone.type === 'mobilenet-v1'
    ? { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }
    : { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
}

/** All tensors of a network with these heads: names, shapes and initialisers. Requires no TensorFlow. */
export function describeParameters(spec: DetectorSpec, heads: readonly HeadSpec[]): Parameter[] {
  const layers = new ShapeLayers();
  const images = { height: spec.size, width: spec.size, channels: 3 };
  const features = backboneFeatures(layers, images, spec);
  if (heads.some(({ type }) => type === 'detection')) pyramid(layers, features, spec);
  for (const head of heads) headOutputs(layers, features, head, spec);
  return [...layers.parameters.values()].map((parameter) => scaleInitialiser(parameter, spec));
}

function scaleInitialiser(parameter: Parameter, { backbone }: DetectorSpec): Parameter {
  const { name, kind, initialiser } = parameter;
  const isKernel = kind === 'kernel' || kind === 'depthwise';
  if (!name.startsWith('backbone.') || !isKernel || initialiser.type !== 'normal') return parameter;
  const deviation = initialiser.deviation * backbone.initialScale;
  return { ...parameter, initialiser: { ...initialiser, deviation } };
}

/** The layers from an image to a head's outputs, in any vocabulary of layers. */
export function walkNetwork<T>(layers: Layers<T>, image: T, head: HeadSpec, spec: DetectorSpec): void {
  headOutputs(layers, backboneFeatures(layers, image, spec), head, spec);
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
    case 'contrastive':
      projectionHead(scoped, features.c5, head.categories, spec);
      break;
  }
}

export function headLayers<T>(layers: Layers<T>, head: HeadSpec): Layers<T> {
  return layers.scope(`head.${head.name}.`, 'pytorch');
}

export function pyramid<T>(layers: Layers<T>, features: Features<T>, spec: DetectorSpec): T[] {
  return featurePyramid(layers.scope('fpn.', 'pytorch'), features, spec);
}

export function backboneFeatures<T>(layers: Layers<T>, images: T, spec: DetectorSpec): Features<T> {
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
