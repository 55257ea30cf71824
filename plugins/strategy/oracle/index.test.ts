import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import Oracle from './index';

it('trains once, on the labels and on those that nobody has', () => {
  const { stages, ...context } = planContext();
  makePlugin(Oracle, { pseudoShare: 3 }).plan({ ...context, stages });
  const [labels, training, ...others] = stages.requests;
  expect(labels).toMatchObject({ stage: 'oracle-label', images: context.data.unlabelled });
  expect(training).toMatchObject({
    stage: 'train',
    from: context.init,
    data: [context.data.labelled, { data: { id: labels!.result }, share: 3 }],
  });
  expect(others).toEqual([]);
});
