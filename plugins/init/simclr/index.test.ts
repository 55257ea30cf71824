import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import SimclrInit from './index';

it('learns from the classification images without their classes, by two views', () => {
  const context = planContext();
  makePlugin(SimclrInit, { steps: 9, views: { strength: 0.5 } }).plan(context);
  expect(context.stages.requests).toMatchObject([
    {
      stage: 'train',
      from: { id: 'random' },
      data: [{ data: context.data.classification, contrast: { temperature: 0.1, projection: 128 } }],
      augmentation: context.stages.augmentation('simclr', { strength: 0.5 }),
      schedule: { steps: 9 },
    },
  ]);
});

it('can learn from the unlabelled pool', () => {
  const context = planContext();
  makePlugin(SimclrInit, { images: 'unlabelled' }).plan(context);
  expect(context.stages.requests).toMatchObject([{ data: [{ data: context.data.unlabelled }] }]);
});
