import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import Supervised from '../supervised';
import MeanTeacher from './index';

it('starts from the very stage of supervised training, and keeps a moving average in one of its own', () => {
  const context = planContext();
  const detector = makePlugin(MeanTeacher, { average: 0.9, pseudoShare: 2 }).plan(context);
  const supervised = planContext();
  makePlugin(Supervised).plan(supervised);
  const [start, own] = context.stages.requests;
  expect(start).toEqual(supervised.stages.requests[0]);
  expect(own).toMatchObject({
    stage: 'custom',
    trainer: { from: { id: start?.result }, batches: [{}, { share: 2, weight: 1 }], average: 0.9 },
    data: { labelled: context.data.labelled, unlabelled: context.data.unlabelled },
  });
  expect(detector.id).toBe(own?.result);
});
