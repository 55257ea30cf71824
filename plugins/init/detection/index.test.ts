import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import DetectionInit from './index';

it('trains a detector of the other categories, with its own schedule', () => {
  const context = planContext();
  makePlugin(DetectionInit, { steps: 7, augmentation: 's2' }).plan(context);
  expect(context.stages.requests).toMatchObject([
    {
      stage: 'train',
      from: { id: 'random' },
      data: [context.data.otherDetection],
      augmentation: context.stages.augmentation('s2'),
      schedule: { steps: 7 },
    },
  ]);
});
