import { describe, expect, it } from 'vitest';
import { describeParameters } from '../architecture';
import { detectorSpec } from '../../../core/plan/detector-spec';
import { efficientNetVariants } from './efficientnet';

/** Widths and depths as they are published, computed by nobody here: stem, channels and blocks of each stage, head. */
const published = {
  b0: { stem: 32, channels: [16, 24, 40, 80, 112, 192, 320], blocks: [1, 2, 2, 3, 3, 4, 1], head: 1280 },
  b1: { stem: 32, channels: [16, 24, 40, 80, 112, 192, 320], blocks: [2, 3, 3, 4, 4, 5, 2], head: 1280 },
  b2: { stem: 32, channels: [16, 24, 48, 88, 120, 208, 352], blocks: [2, 3, 3, 4, 4, 5, 2], head: 1408 },
  b3: { stem: 40, channels: [24, 32, 48, 96, 136, 232, 384], blocks: [2, 3, 3, 5, 5, 6, 2], head: 1536 },
  b4: { stem: 48, channels: [24, 32, 56, 112, 160, 272, 448], blocks: [2, 4, 4, 6, 6, 8, 2], head: 1792 },
  b5: { stem: 48, channels: [24, 40, 64, 128, 176, 304, 512], blocks: [3, 5, 5, 7, 7, 9, 3], head: 2048 },
  b6: { stem: 56, channels: [32, 40, 72, 144, 200, 344, 576], blocks: [3, 6, 6, 8, 8, 11, 3], head: 2304 },
  b7: { stem: 64, channels: [32, 48, 80, 160, 224, 384, 640], blocks: [4, 7, 7, 10, 10, 13, 4], head: 2560 },
} as const;
const kernels = [3, 3, 5, 3, 5, 5, 3];

type Table = Record<string, number[]>;

function norm(name: string, channels: number): Table {
  const parts = ['weight', 'bias', 'running_mean', 'running_var'];
  return Object.fromEntries(parts.map((part) => [`${name}.${part}`, [channels]]));
}

/** Every tensor of timm's model in PyTorch's layout, by the rules of its block names; without `num_batches_tracked`. */
function timmTable({ stem, channels, blocks, head }: (typeof published)[keyof typeof published]): Table {
  const table: Table = { 'conv_stem.weight': [stem, 3, 3, 3], ...norm('bn1', stem) };
  let input: number = stem;
  channels.forEach((output, stage) => {
    const size = kernels[stage]!;
    for (let block = 0; block < blocks[stage]!; block++) {
      const own: Table = {};
      const inner = stage === 0 ? input : 6 * input;
      // A quarter of the block's input; none of the published widths ends on a half.
      const squeezed = Math.round(input / 4);
      own['conv_dw.weight'] = [inner, 1, size, size];
      own['se.conv_reduce.weight'] = [squeezed, inner, 1, 1];
      own['se.conv_reduce.bias'] = [squeezed];
      own['se.conv_expand.weight'] = [inner, squeezed, 1, 1];
      own['se.conv_expand.bias'] = [inner];
      if (stage === 0) {
        own['conv_pw.weight'] = [output, inner, 1, 1];
        Object.assign(own, norm('bn1', inner), norm('bn2', output));
      } else {
        own['conv_pw.weight'] = [inner, input, 1, 1];
        own['conv_pwl.weight'] = [output, inner, 1, 1];
        Object.assign(own, norm('bn1', inner), norm('bn2', inner), norm('bn3', output));
      }
      for (const [name, shape] of Object.entries(own)) table[`blocks.${stage}.${block}.${name}`] = shape;
      input = output;
    }
  });
  return {
    ...table,
    'conv_head.weight': [head, input, 1, 1],
    ...norm('bn2', head),
    'classifier.weight': [1000, head],
    'classifier.bias': [1000],
  };
}

describe('the whole tensor table', () => {
  it.each(Object.entries(published))('of EfficientNet-%s is that of timm', (name, widths) => {
    const variant = efficientNetVariants[name as keyof typeof published];
    const spec = detectorSpec.parse({ backbone: { type: 'efficientnet', ...variant } });
    const head = { name: 'timm', type: 'classification', categories: 1000 } as const;
    const own = describeParameters(spec, [head]).map(({ name, fileShape }) => [
      name.replace(/^(backbone|head\.timm)\./, ''),
      [...fileShape],
    ]);
    expect(own).toHaveLength(name === 'b7' ? 1037 : Object.keys(timmTable(widths)).length);
    expect(Object.fromEntries(own)).toEqual(timmTable(widths));
  });
});
