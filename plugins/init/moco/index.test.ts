import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import Moco from './index';

it('learns from the unlabelled pool, against a queue', () => {
  const context = planContext();
  makePlugin(Moco, { queue: 64, steps: 7 }).plan(context);
  expect(context.stages.requests).toMatchObject([
    {
      stage: 'train',
      from: { id: 'random' },
      data: [{ data: context.data.unlabelled, contrast: { queue: 64, momentum: 0.99, temperature: 0.2 } }],
      schedule: { steps: 7 },
    },
  ]);
});
