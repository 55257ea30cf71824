import type { BackboneSpec } from '../../../core/plan/detector-spec';

/**
 * The stage of the backbone (1 … 5, for strides 2 … 32) to which a layer or parameter belongs; undefined outside of it.
 * @param name for instance `backbone.blocks.3.0.conv_dw.weight` or `backbone.blocks.3.0.bn1`
 */
export function stageOf(backbone: BackboneSpec, name: string): number | undefined {
  const own = /^backbone\.(.*)$/.exec(name)?.[1];
  if (own === undefined) return undefined;
  switch (backbone.type) {
    case 'plain':
      return Number(/^(?:conv|bn)(\d)/.exec(own)?.[1]);
    case 'efficientnet': {
      const block = /^blocks\.(\d)\./.exec(own)?.[1];
      return block === undefined ? 1 : efficientNetStages[Number(block)];
    }
    case 'mobilenet-v1': {
      const block = /^conv_[dp]w_(\d+)/.exec(own)?.[1];
      return block === undefined ? 1 : mobileNetStages.findIndex((last) => Number(block) <= last) + 1;
    }
  }
}

/** Stage of each group of blocks, the stem being in the first. */
const efficientNetStages = [1, 2, 3, 4, 4, 5, 5];
/** Last separable block of each stage. */
const mobileNetStages = [1, 3, 5, 11, 13];
