import { describe, expect, it } from 'vitest';
import { benchmarkSpec } from '../benchmark/spec';
import { buildPlan } from './build-plan';
import { planInput } from './plan-input.test-helper';

describe('cells of the matrix', () => {
  it('plans only the named cells of the matrix, each point once', () => {
    const { benchmark } = planInput(['supervised', 'self-training']);
    const cells = benchmarkSpec.shape.cells.parse([
      { init: 'random', strategy: 'supervised' },
      { strategy: ['supervised', 'self-training'], fraction: 1 },
    ]);
    const { plan } = buildPlan(planInput(['supervised'], { benchmark: { ...benchmark, cells } }));
    expect(plan.trials.map(({ axes }) => `${axes.init} ${axes.strategy} ${axes.fraction}`)).toEqual([
      'random supervised 0.2',
      'random supervised 1',
      'random self-training 1',
      'imagenet supervised 1',
      'imagenet self-training 1',
    ]);
  });

  it('trains cells of the matrix by their own schedules', () => {
    const { benchmark } = planInput(['supervised']);
    const schedules = benchmarkSpec.shape.schedules.parse([
      { where: { init: 'random' }, steps: 7 },
      { where: { init: 'random', fraction: 1 }, steps: 9, batch: 4 },
    ]);
    const { plan } = buildPlan(planInput(['supervised'], { benchmark: { ...benchmark, schedules } }));
    const steps = plan.trials.map(({ axes, stageKeys }) => {
      const stage = plan.stages.find(({ key, label }) => stageKeys.includes(key) && label === 'train')!;
      const { schedule } = stage.parameters as { schedule: { steps: number; batch: number } };
      return `${axes.init} ${axes.fraction}: ${schedule.steps} × ${schedule.batch}`;
    });
    expect(steps).toEqual([
      'random 0.2: 7 × 256',
      'imagenet 0.2: 10 × 256',
      'random 1: 9 × 4',
      'imagenet 1: 10 × 256',
    ]);
  });

  it('refuses cells that no axis has', () => {
    const { benchmark } = planInput(['supervised']);
    const { success, error } = benchmarkSpec.safeParse({
      ...benchmark,
      cells: [{ init: 'random' }, { init: ['imagent'], fraction: 0.5 }],
    });
    expect(success).toBe(false);
    expect(error!.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['cells.1.init', expect.stringContaining('imagenet') as string],
      ['cells.1.fraction', expect.stringContaining('has no 0.5') as string],
    ]);
  });
});
