import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import ImagenetInit from './index';

it('trains on the classification data alone, from random weights, with its own schedule', () => {
  const context = planContext();
  makePlugin(ImagenetInit, { steps: 7, size: 64 }).plan(context);
  expect(context.stages.requests).toMatchObject([
    {
      stage: 'train',
      from: { id: 'random' },
      data: [context.data.classification],
      schedule: { steps: 7, size: 64 },
    },
  ]);
});
