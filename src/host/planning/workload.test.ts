import { expect, it } from 'vitest';
import { buildPlan } from './build-plan';
import { planInput } from './plan-input.test-helper';
import { effortModel } from './workload';

it('expects more effort of a longer training and of detecting in more images than of scoring', () => {
  const { plan } = buildPlan(planInput(['self-training']));
  const effortOf = effortModel(plan.stages);
  const effort = (label: string) => effortOf(plan.stages.find((stage) => stage.label === label)!);
  const [train] = plan.stages.filter(({ kind }) => kind === 'train') as [(typeof plan.stages)[0]];
  const { schedule } = train.parameters as { schedule: object };
  const longer = { ...train, parameters: { ...train.parameters, schedule: { ...schedule, steps: 1000 } } };
  expect(effortOf(longer as typeof train)).toBeGreaterThan(10 * effortOf(train));
  expect(effortOf(train)).toBeGreaterThan(effort('detect'));
  expect(effort('detect')).toBeGreaterThan(effort('evaluate'));
  expect(effort('evaluate')).toBeGreaterThan(0);
});
