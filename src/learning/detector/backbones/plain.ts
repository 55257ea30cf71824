import type { NormLayerOptions, Layers } from '../layers/layers';
import type { BackboneSpec } from '../../../core/plan/detector-spec';
import type { Features } from './features';

type PlainSpec = Extract<BackboneSpec, { type: 'plain' }>;

/** Five 3×3 convolutions of stride 2 with batch norm and ReLU; names `conv1`, `bn1`, … */
export function plainBackbone<T>(
  layers: Layers<T>,
  images: T,
  spec: PlainSpec,
  norm: NormLayerOptions,
): Features<T> {
  const maps: T[] = [];
  let x = images;
  spec.channels.forEach((filters, i) => {
    x = layers.convolution(x, `conv${i + 1}`, { filters, size: 3, stride: 2 });
    x = layers.batchNormActivate(x, `bn${i + 1}`, norm, 'relu');
    maps.push(x);
  });
  return { c3: maps[2]!, c4: maps[3]!, c5: maps[4]! };
}
