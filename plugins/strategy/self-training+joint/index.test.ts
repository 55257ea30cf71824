import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import SelfTraining from '../self-training/index';
import SelfTrainingJoint from './index';

it('adds classification to the student’s step', () => {
  const context = planContext();
  makePlugin(SelfTrainingJoint, { classificationShare: 0.5 }).plan(context);
  const [teacher, pseudo, student] = context.stages.requests;
  expect(teacher).toMatchObject({ from: context.init, data: [context.data.labelled] });
  expect(student).toMatchObject({
    from: { id: teacher?.result },
    data: [
      context.data.labelled,
      { data: { id: pseudo?.result }, share: 1 },
      { data: context.data.classification, share: 0.5, weight: 1 },
    ],
    normaliseLosses: { alpha: 1 },
  });
});

it('asks for the same teacher and pseudo-labels as self-training, so that they are shared', () => {
  const [joint, alone] = [planContext(), planContext()];
  makePlugin(SelfTrainingJoint).plan(joint);
  makePlugin(SelfTraining).plan(alone);
  expect(joint.stages.requests.slice(0, 2)).toEqual(alone.stages.requests.slice(0, 2));
});

it('can train the teacher jointly as well', () => {
  const context = planContext();
  makePlugin(SelfTrainingJoint, { teacher: 'joint' }).plan(context);
  expect(context.stages.requests[0]).toMatchObject({
    data: [context.data.labelled, { data: context.data.classification }],
  });
});
