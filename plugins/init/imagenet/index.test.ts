import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import ImagenetInit from './index';

it('takes over a checkpoint instead, and declares what it cost', () => {
  const context = planContext();
  const checkpoint = { source: 'hf:timm/x', cost: { size: 600, source: 'its paper' } };
  makePlugin(ImagenetInit, { checkpoint }).plan(context);
  expect(context.stages.requests).toMatchObject([
    {
      stage: 'checkpoint',
      source: 'hf:timm/x',
      layout: 'timm',
      cost: { imagesSeen: 350 * 1_281_167, size: 600, source: 'its paper' },
    },
  ]);
});

it('refuses a schedule for what is not trained', () => {
  const checkpoint = { source: 'x.safetensors', cost: { size: 224, source: 'its paper' } };
  expect(() => makePlugin(ImagenetInit, { checkpoint, steps: 7 })).toThrow(/nothing is trained here/);
});

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
