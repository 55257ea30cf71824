import { expect, it } from 'vitest';
import { buildPlan } from './build-plan';
import { planInput } from './plan-input.test-helper';

it('classification of one class is refused, learning from its images without labels is not', () => {
  const input = planInput(['supervised', 'joint-training']);
  const init = ['random', 'imagenet', 'imagenet++', 'simclr', 'moco'].map((name) => ({
    name,
    use: name,
    options: {},
  }));
  const { benchmark, data } = input;
  const { plan } = buildPlan({
    ...input,
    benchmark: { ...benchmark, axes: { ...benchmark.axes, init } },
    data: { ...data, classification: { ...data.classification!, categories: 1 } },
  });
  for (const { id, axes, skipped } of plan.trials) {
    if (!/imagenet/.test(axes.init) && axes.strategy === 'supervised') expect(skipped, id).toBeUndefined();
    else {
      expect(skipped, id).toMatchObject({ code: 'CLASSIFICATION_ONE_CLASS' });
      expect(skipped!.reason).toContain('Classification requires at least two classes');
    }
  }
  // A linear probe on one class measures nothing.
  expect(plan.stages.filter(({ kind }) => kind === 'probe')).toEqual([]);
});
