import { tf } from '../tensor';
import { backboneFeatures, headLayers, pyramid } from './architecture';
import type { Features } from './backbones/features';
import { classificationHead, detectionHead, projectionHead } from './heads';
import type { HeadSpec } from '../../core/plan/head-spec';
import { TensorLayers, type Pass } from './layers/tensor-layers';
import type { DetectorSpec } from '../../core/plan/detector-spec';

/** Images of a batch, one after another, that go to one head. */
export interface HeadGroup {
  readonly head: HeadSpec;
  readonly images: number;
}

export type HeadOutputs =
  | {
      readonly type: 'detection';
      /** [images, N, K] */
      readonly logits: tf.Tensor3D;
      /** [images, N, 4] */
      readonly boxCodes: tf.Tensor3D;
    }
  | {
      readonly type: 'classification';
      /** [images, K] */
      readonly logits: tf.Tensor2D;
    }
  | {
      readonly type: 'contrastive';
      /** [images, outputs] */
      readonly projections: tf.Tensor2D;
    };

/**
 * The forward pass: a pure function of parameters and images. The backbone sees all images at once, the pyramid
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
  const imageCount = detecting.reduce((sum, group) => sum + group.images, 0);
  const maps = imageCount === 0 ? [] : pyramid(layers, part(features, 0, imageCount), spec);
  let start = 0;
  return groups.map(({ head, images: count }) => {
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

/** Images `first` … of a map; the map itself when that is all. */
function rowsOf(map: tf.Tensor4D, first: number, count: number): tf.Tensor4D {
  const [batch, height, width, channels] = map.shape;
  if (first === 0 && count === batch) return map;
  return tf.slice(map, [first, 0, 0, 0], [count, height, width, channels]);
}

/** C3 … C5 of the backbone alone. */
export function backboneMaps(pass: Pass, images: tf.Tensor4D, spec: DetectorSpec): Features<tf.Tensor4D> {
  return backboneFeatures(new TensorLayers(pass), images, spec);
}
