import type { Features } from './backbones/features';
import type { Layers } from './layers/layers';
import type { Initialiser } from './layers/parameter';
import type { DetectorSpec } from '../../core/plan/detector-spec';

/**
 * Feature pyramid: 1×1 lateral convolutions, nearest doubling and addition, a 3×3 convolution a level; P6 and P7 by
 * convolutions of stride 2 from P5 (before its batch norm) and from ReLU(P6). Batch norm without activation
 * ends every level. A bias that such a norm would take away at once is left out.
 * Names: `lateral.{level}`, `post.{level}`, `extra.{level}`, `bn.{level}`.
 * @source arXiv 1612.03144; tensorflow/tpu, models/official/detection, modeling/architecture/fpn.py
 * @returns maps from `minLevel` to `maxLevel`
 */
export function featurePyramid<T>(layers: Layers<T>, features: Features<T>, spec: DetectorSpec): T[] {
  const { minLevel, maxLevel, fpnChannels: filters } = spec;
  const backbone = [features.c3, features.c4, features.c5].map((map, i) => ({ level: 3 + i, map }));
  const levels = backbone.filter(({ level }) => level >= minLevel);

  const merged = new Map<number, T>();
  for (const { level, map } of [...levels].reverse()) {
    const lateral = layers.convolution(map, `lateral.${level}`, {
      filters,
      size: 1,
      bias: { initial: 0 },
      initialiser: glorotUniform(1, layers.channels(map), filters),
    });
    const above = merged.get(level + 1);
    merged.set(level, above === undefined ? lateral : layers.add(lateral, layers.upsample(above, lateral)));
  }

  const initialiser = glorotUniform(3, filters, filters);
  const maps = levels.map(({ level }) =>
    layers.convolution(merged.get(level)!, `post.${level}`, { filters, size: 3, initialiser }),
  );
  for (let level = 6; level <= maxLevel; level++) {
    const below = maps.at(-1)!;
    const input = level > 6 ? layers.activate(below, 'relu') : below;
    maps.push(
      layers.convolution(input, `extra.${level}`, {
        filters,
        size: 3,
        stride: 2,
        bias: { initial: 0 },
        initialiser,
      }),
    );
  }
  return maps.map((map, i) => layers.batchNorm(map, `bn.${minLevel + i}`, spec.batchNorm));
}

/** Uniform with variance 2 / (fan-in + fan-out) (Glorot and Bengio 2010): TensorFlow's default for layers. */
function glorotUniform(size: number, inputs: number, filters: number): Initialiser {
  return { type: 'uniform', limit: Math.sqrt(6 / (size * size * (inputs + filters))) };
}
