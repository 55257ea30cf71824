import { describe, expect, it } from 'vitest';
import { describeParameters } from '../architecture';
import { detectorSpec } from '../../../core/plan/detector-spec';
import { stageOf } from './stage-of';

describe('stages of a backbone', () => {
  it.each(['plain', 'efficientnet', 'mobilenet-v1'] as const)('of %s are 1 to 5, in order', (type) => {
    const spec = detectorSpec.parse({ backbone: { type } });
    const stages = describeParameters(spec, []).map(({ name }) => stageOf(spec.backbone, name));
    expect([...new Set(stages)]).toEqual([1, 2, 3, 4, 5]);
    expect(stages).toEqual([...stages].sort());
    expect(stageOf(spec.backbone, 'fpn.lateral.3.weight')).toBeUndefined();
  });

  it('change where the stride does', () => {
    const efficientNet = detectorSpec.parse({ backbone: { type: 'efficientnet' } }).backbone;
    expect(stageOf(efficientNet, 'backbone.blocks.4.2.bn3')).toBe(4);
    expect(stageOf(efficientNet, 'backbone.blocks.5.0.conv_dw.weight')).toBe(5);
    const mobileNet = detectorSpec.parse({ backbone: { type: 'mobilenet-v1' } }).backbone;
    expect(stageOf(mobileNet, 'backbone.conv_pw_11/kernel')).toBe(4);
    expect(stageOf(mobileNet, 'backbone.conv_dw_12_bn')).toBe(5);
  });
});
