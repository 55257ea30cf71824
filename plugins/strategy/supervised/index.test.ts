import { expect, it } from 'vitest';
import { makePlugin, planContext } from '../../../src/contract/testing';
import SelfTraining from '../self-training';
import Supervised from './index';

it('asks for the very stage that trains a self-training teacher, but for its label', () => {
  const context = planContext();
  makePlugin(Supervised).plan(context);
  const other = planContext();
  makePlugin(SelfTraining).plan(other);
  expect({ ...context.stages.requests[0], label: '' }).toEqual({ ...other.stages.requests[0], label: '' });
});
