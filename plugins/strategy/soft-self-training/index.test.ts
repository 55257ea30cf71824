import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import SelfTraining from '../self-training';
import SoftSelfTraining from './index';

it('is self-training but for the weight of the labels', () => {
  const soft = planContext();
  makePlugin(SoftSelfTraining, { scoreThreshold: 0.5 }).plan(soft);
  const hard = planContext();
  makePlugin(SelfTraining, { scoreThreshold: 0.5 }).plan(hard);
  // An option that is not set may be absent or undefined.
  const asAsked = (requests: readonly object[]) =>
    JSON.parse(JSON.stringify(requests.slice(0, 2))) as object[];
  expect(asAsked(soft.stages.requests)).toEqual(asAsked(hard.stages.requests));
  expect(soft.stages.requests[2]).toMatchObject({ data: [soft.data.labelled, { soft: true }] });
});
