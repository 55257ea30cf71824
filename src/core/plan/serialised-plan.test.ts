import { expect, it } from 'vitest';
import { testPlan } from '../../host/execution/plan.test-helper';
import { deserialisePlan, serialisePlan } from './serialised-plan';
import type { Plan } from './plan';

it('restores a serialised plan after a message between processes', () => {
  const { stages, ...rest } = testPlan({
    a: { behaviour: 'ok' },
    b: { behaviour: 'ok', needs: ['a'] },
    c: { behaviour: 'ok', needs: ['a', 'b'] },
  });
  const [a, b, c] = stages.map(({ key }) => key) as [string, string, string];
  const axes = {
    init: 'random',
    augmentation: 's1',
    strategy: 'supervised',
    fraction: 0.2,
    length: 1,
    seed: 0,
  };
  const skipped = { code: 'PLUGIN_THREW', reason: 'no idea' };
  const plan: Plan = {
    ...rest,
    stages,
    trials: [
      { id: 'whole', axes, stageKeys: [a, b, c], detectKey: b, evaluateKey: c },
      { id: 'skipped', axes, stageKeys: [], skipped },
    ],
  };
  expect(deserialisePlan(structuredClone(serialisePlan(plan)))).toEqual(plan);
});
