import { anchorsPerPosition } from './anchors';
import { efficientNetHead } from './backbones/efficientnet';
import type { Layers } from './layers/layers';
import type { Initialiser } from './layers/parameter';
import type { DetectorSpec } from '../../core/plan/detector-spec';

export interface DetectionOutputs<T> {
  /** [batch, 1, N, K] */
  readonly logits: T;
  /** [batch, 1, N, 4] */
  readonly boxCodes: T;
}

const normal = (deviation: number): Initialiser => ({ type: 'normal', deviation });

/**
 * RetinaNet's two heads: convolutions shared by all levels, with a batch norm for each level and ReLU, then a
 * predictor. Names: `{class,box}.{i}`, `{class,box}.bn.{i}.{level}`, `{class,box}.predict`.
 * @param maps from `minLevel` up
 * @source tensorflow/tpu, models/official/detection, modeling/architecture/heads.py
 */
export function detectionHead<T>(
  layers: Layers<T>,
  maps: readonly T[],
  categories: number,
  spec: DetectorSpec,
): DetectionOutputs<T> {
  const { channels = spec.fpnChannels } = spec.head;
  const branch = (name: string, columns: number, bias: number) =>
    layers.joinRows(
      maps.map((map, i) => {
        let x = map;
        for (let j = 0; j < spec.headConvolutions; j++) {
          x = layers.convolution(x, `${name}.${j}`, {
            filters: channels,
            size: 3,
            initialiser: normal(spec.head.convolutionStd),
          });
          x = layers.batchNormActivate(x, `${name}.bn.${j}.${spec.minLevel + i}`, spec.batchNorm, 'relu');
        }
        const predicted = layers.convolution(x, `${name}.predict`, {
          filters: columns * anchorsPerPosition(spec),
          size: 3,
          bias: { initial: bias },
          initialiser: normal(spec.head.predictorStd),
        });
        return layers.rows(predicted, columns);
      }),
    );
  // The logit of the prior.
  const { priorProbability } = spec.head;
  const priorBias = -Math.log((1 - priorProbability) / priorProbability);
  return { logits: branch('class', categories, priorBias), boxCodes: branch('box', 4, 0) };
}

/**
 * SimCLR's projection of pooled C5: dense, batch norm, ReLU, dense (arXiv 2002.05709, sections 2.1 and 4.2). Names:
 * `hidden`, `bn`, `projection`.
 * @returns [batch, outputs], not yet of unit length
 */
export function projectionHead<T>(layers: Layers<T>, c5: T, outputs: number, spec: DetectorSpec): T {
  const pooled = layers.globalPool(c5);
  const hidden = layers.convolution(pooled, 'hidden', { filters: layers.channels(pooled), size: 1 });
  const active = layers.batchNormActivate(hidden, 'bn', spec.batchNorm, 'relu');
  return layers.dense(active, 'projection', outputs);
}

/**
 * Global average pool and a dense layer over C5; EfficientNet's has timm's `conv_head` and `bn2` before them.
 * Names: `classifier`, `conv_head`, `bn2`.
 * @returns logits, [batch, 1, 1, categories]
 */
export function classificationHead<T>(
  layers: Layers<T>,
  c5: T,
  categories: number,
  { backbone }: DetectorSpec,
): T {
  const x = backbone.type === 'efficientnet' ? efficientNetHead(layers, c5, backbone) : c5;
  return layers.dense(layers.globalPool(x), 'classifier', categories);
}
