import { tf } from '../tensor';
import type { Features } from './backbones/features';
import { efficientNet } from './backbones/efficientnet';
import { mobileNetV1 } from './backbones/mobilenet-v1';
import { plainBackbone } from './backbones/plain';
import { featurePyramid } from './fpn';
import { classificationHead, detectionHead, projectionHead, type HeadSpec } from './heads';
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

/** The spec's own, or ImageNet's statistics, but for Keras' MobileNet, which wants −1 … 1. */
export function pixelScaling({ backbone, pixels }: DetectorSpec): PixelScaling {
  if (pixels !== undefined) return pixels;
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
  return [...layers.parameters.values()].map((parameter) => scaleInitialiser(parameter, spec));
}

function scaleInitialiser(parameter: Parameter, { backbone }: DetectorSpec): Parameter {
  const { name, kind, initialiser } = parameter;
  const isKernel = kind === 'kernel' || kind === 'depthwise';
  if (!name.startsWith('backbone.') || !isKernel || initialiser.type !== 'normal') return parameter;
  const deviation = initialiser.deviation * backbone.initialScale;
  return { ...parameter, initialiser: { ...initialiser, deviation } };
}

/** Pictures of a batch, one after another, that go to one head. */
export interface HeadGroup {
  readonly head: HeadSpec;
  readonly pictures: number;
}

export type HeadOutputs =
  | {
      readonly type: 'detection';
      /** [pictures, N, K] */
      readonly logits: tf.Tensor3D;
      /** [pictures, N, 4] */
      readonly boxCodes: tf.Tensor3D;
    }
  | {
      readonly type: 'classification';
      /** [pictures, K] */
      readonly logits: tf.Tensor2D;
    }
  | {
      readonly type: 'contrastive';
      /** [pictures, outputs] */
      readonly projections: tf.Tensor2D;
    };

/**
 * The forward pass: a pure function of parameters and pictures. The backbone sees all pictures at once, the pyramid
 * those of all detection heads, each head its own.
 * @param images [batch, height, width, 3], scaled by `pixelScaling`, in the order of the groups
 * @param groups detection heads before classification heads
 */
export function forward(
  pass: Pass,
  images: tf.Tensor4D,
  groups: readonly HeadGroup[],
  spec: DetectorSpec,
): HeadOutputs[] {
  const layers = new TensorLayers(pass);
  const features = backboneFeatures(layers, images, spec);
  const detecting = groups.filter(({ head }) => head.type === 'detection');
  const pictures = detecting.reduce((sum, group) => sum + group.pictures, 0);
  const maps = pictures === 0 ? [] : pyramid(layers, part(features, 0, pictures), spec);
  let start = 0;
  return groups.map(({ head, pictures: count }) => {
    const first = start;
    start += count;
    const scoped = headLayers(layers, head);
    switch (head.type) {
      case 'detection': {
        const own = maps.map((map) => rowsOf(map, first, count));
        const { logits, boxCodes } = detectionHead(scoped, own, head.categories, spec);
        return { type: head.type, logits: tf.squeeze(logits, [1]), boxCodes: tf.squeeze(boxCodes, [1]) };
      }
      case 'classification': {
        const c5 = rowsOf(features.c5, first, count);
        const logits = classificationHead(scoped, c5, head.categories, spec);
        return { type: head.type, logits: tf.reshape(logits, [count, head.categories]) };
      }
      case 'contrastive': {
        const c5 = rowsOf(features.c5, first, count);
        const projections = projectionHead(scoped, c5, head.categories, spec);
        return { type: head.type, projections: tf.reshape(projections, [count, head.categories]) };
      }
    }
  });
}

function part(features: Features<tf.Tensor4D>, first: number, count: number): Features<tf.Tensor4D> {
  return {
    c3: rowsOf(features.c3, first, count),
    c4: rowsOf(features.c4, first, count),
    c5: rowsOf(features.c5, first, count),
  };
}

/** Pictures `first` … of a map; the map itself when that is all. */
function rowsOf(map: tf.Tensor4D, first: number, count: number): tf.Tensor4D {
  const [batch, height, width, channels] = map.shape;
  if (first === 0 && count === batch) return map;
  return tf.slice(map, [first, 0, 0, 0], [count, height, width, channels]);
}

/** C3 … C5 of the backbone alone. */
export function backboneMaps(pass: Pass, images: tf.Tensor4D, spec: DetectorSpec): Features<tf.Tensor4D> {
  return backboneFeatures(new TensorLayers(pass), images, spec);
}

/** What a picture passes on its way to a head's outputs, said in any vocabulary of layers. */
export function walkNetwork<T>(layers: Layers<T>, picture: T, head: HeadSpec, spec: DetectorSpec): void {
  headOutputs(layers, backboneFeatures(layers, picture, spec), head, spec);
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
