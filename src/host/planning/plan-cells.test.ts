import { describe, expect, it } from 'vitest';
import { scheduleSpec } from '../../core/plan/schedule';
import { parseSelection } from '../benchmark/selectors';
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

  it('lengthens what strategies train, the decay with it, and shares the rest', () => {
    const { benchmark } = planInput(['supervised', 'self-training']);
    const given = {
      ...benchmark,
      axes: { ...benchmark.axes, length: [1, 3] },
      schedule: scheduleSpec.parse({
        steps: 10,
        warmupSteps: 2,
        decay: { type: 'step', milestones: [6], factors: [0.1] },
      }),
    };
    const selection = parseSelection(['init=imagenet', 'fraction=1']);
    const { plan } = buildPlan(planInput(['supervised'], { benchmark: given, selection }));
    const trainings = plan.trials.map(({ id, stageKeys }) => {
      const own = plan.stages.filter(({ key, kind }) => stageKeys.includes(key) && kind === 'train');
      return {
        id,
        steps: own.map((stage) => (stage.kind === 'train' ? stage.parameters.schedule.steps : 0)),
      };
    });
    const prefix = 'init=imagenet,augmentation=s1';
    expect(trainings).toEqual([
      { id: `${prefix},strategy=supervised,fraction=1,seed=0`, steps: [10, 10] },
      { id: `${prefix},strategy=supervised,fraction=1,length=3,seed=0`, steps: [10, 30] },
      { id: `${prefix},strategy=self-training,fraction=1,seed=0`, steps: [10, 10, 10] },
      { id: `${prefix},strategy=self-training,fraction=1,length=3,seed=0`, steps: [10, 30, 30] },
    ]);
    const long = plan.stages.flatMap((stage) =>
      stage.kind === 'train' && stage.parameters.schedule.steps === 30 ? stage.parameters.schedule : [],
    );
    // The teacher is the supervised detector of the same length: it runs once.
    expect(long).toHaveLength(2);
    expect(long[0]).toMatchObject({ warmupSteps: 2, decay: { milestones: [18] } });
  });

  it('refuses cells that no axis has', () => {
    const { benchmark } = planInput(['supervised']);
    const { success, error } = benchmarkSpec.safeParse({
      ...benchmark,
      cells: [{ init: 'random' }, { init: ['imagent'], fraction: 0.5 }],
    });
    expect(success).toBe(false);
    const issues = error!.issues.filter((issue) => issue.code === 'custom');
    expect(issues.map(({ path, message, params }) => [path.join('.'), message, params])).toEqual([
      [
        'cells.1.init',
        'The axis init has no imagent.',
        { hint: expect.stringContaining('imagenet') as string },
      ],
      ['cells.1.fraction', 'The axis fraction has no 0.5.', { hint: expect.any(String) as string }],
    ]);
  });
});
