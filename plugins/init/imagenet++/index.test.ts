import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import Imagenet from '../imagenet/index';
import ImagenetPlusPlus from './index';

it('lets a classifier name the pool and trains another on both, from random weights', () => {
  const context = planContext();
  makePlugin(ImagenetPlusPlus, { steps: 7, size: 64 }).plan(context);
  const [teacher, pseudo, student] = context.stages.requests;
  expect(teacher).toMatchObject({ from: { id: 'random' }, data: [context.data.classification] });
  expect(pseudo).toMatchObject({
    stage: 'pseudo-class',
    classifier: { id: teacher?.result },
    images: context.data.unlabelled,
    scoreThreshold: 0.3,
    size: 64,
  });
  expect(student).toMatchObject({
    from: { id: 'random' },
    data: [context.data.classification, { data: { id: pseudo?.result }, share: 1 }],
    augmentation: context.stages.augmentation('s4'),
    schedule: { steps: 7, size: 64 },
  });
});

it('has the very classifier of the init imagenet as its first teacher, so that it is shared', () => {
  const [one, other] = [planContext(), planContext()];
  makePlugin(Imagenet, { steps: 7 }).plan(one);
  makePlugin(ImagenetPlusPlus, { steps: 7 }).plan(other);
  expect(other.stages.requests[0]).toEqual(one.stages.requests[0]);
});

it('makes the student of a round the teacher of the next', () => {
  const context = planContext();
  makePlugin(ImagenetPlusPlus, { rounds: 2 }).plan(context);
  const [, , student, pseudo] = context.stages.requests;
  expect(pseudo).toMatchObject({ classifier: { id: student?.result } });
});
