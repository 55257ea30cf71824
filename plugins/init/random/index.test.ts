import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import RandomInit from './index';

it('plans no stage', () => {
  const context = planContext();
  makePlugin(RandomInit).plan(context);
  expect(context.stages.requests).toEqual([]);
});
