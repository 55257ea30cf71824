import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import JointTraining from './index';

it('learns to detect and to classify in one stage, from the init', () => {
  const context = planContext();
  const detector = makePlugin(JointTraining, { classificationWeight: 0.5 }).plan(context);
  expect(context.stages.requests).toMatchObject([
    {
      stage: 'train',
      result: detector.id,
      from: context.init,
      augmentation: context.augmentation,
      data: [context.data.labelled, { data: context.data.classification, share: 1, weight: 0.5 }],
      normaliseLosses: false,
    },
  ]);
});

it('balances the losses on request', () => {
  const context = planContext();
  makePlugin(JointTraining, { normaliseLosses: true, alpha: 2 }).plan(context);
  expect(context.stages.requests).toMatchObject([{ normaliseLosses: { alpha: 2 } }]);
});
