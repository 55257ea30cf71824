import { describe, expect, it } from 'vitest';
import { parseSelection } from '../benchmark/selectors';
import { buildPlan } from './build-plan';
import { planInput, writePlugin } from './plan-input.test-helper';
import { workloadOf } from './workload';

describe('compute-matched controls', () => {
  const planOf = (...strategies: unknown[]) => {
    const given = planInput(strategies, { selection: parseSelection(['fraction=1', 'init=imagenet']) });
    return buildPlan({ ...given, benchmark: { ...given.benchmark, controls: 'matched' } }).plan;
  };
  const training = (plan: ReturnType<typeof planOf>, { stageKeys }: { stageKeys: readonly string[] }) =>
    stageKeys.flatMap((key) => {
      const stage = plan.stages.find((each) => each.key === key)!;
      return stage.kind === 'train' && stage.label !== 'pre-train' ? [stage] : [];
    });

  it('train as often and as far as the strategy, from the same weights, on the labels alone', () => {
    const plan = planOf('supervised', 'self-training');
    const [supervised, selfTraining, control] = plan.trials;
    expect(plan.trials).toHaveLength(3);
    expect(control!.control).toMatchObject({ of: ['self-training'], schedules: [10, expect.any(Number)] });
    expect(control!.axes).toEqual({
      ...selfTraining!.axes,
      strategy: `supervised-10+${control!.control!.schedules[1]}`,
    });
    const [first, second] = training(plan, control!);
    // The first schedule is the teacher, which is the supervised detector: it runs once.
    expect(first!.key).toBe(training(plan, supervised!)[0]!.key);
    expect(second!.inputs).toEqual({ from: first!.key });
    expect(second!.parameters.data.map(({ selection, share }) => [selection.role, share])).toEqual([
      ['labelled', 1],
    ]);
    const [, student] = training(plan, selfTraining!);
    expect(second!.seed).toBe(student!.seed);
    expect(second!.parameters.augmentation).toEqual(student!.parameters.augmentation);
  });

  it('take as many FLOPs as the strategy, pseudo-labelling included, to half a step', () => {
    const plan = planOf('self-training');
    const context = {
      stages: new Map(plan.stages.map((stage) => [stage.key, stage])),
      images: () => 200,
    };
    const flops = ({ stageKeys }: { stageKeys: readonly string[] }) =>
      stageKeys
        .map((key) => context.stages.get(key)!)
        .filter(({ kind }) => kind === 'train' || kind === 'pseudo-label')
        .map((stage) => workloadOf(stage, context)!)
        .reduce((sum, { units, flopsPerUnit }) => sum + units * flopsPerUnit, 0);
    const [selfTraining, control] = plan.trials;
    const step = workloadOf(training(plan, control!)[0]!, context)!.flopsPerUnit;
    expect(Math.abs(flops(selfTraining!) - flops(control!))).toBeLessThanOrEqual(step / 2);
  });

  it('are shared between strategies of equal needs, and named apart where needs differ', () => {
    const entry = (name: string, options: object) => ({ use: 'self-training', name, options });
    const plan = planOf(
      entry('low', { scoreThreshold: 0.3 }),
      entry('high', { scoreThreshold: 0.7 }),
      entry('twice', { rounds: 2 }),
      entry('fresh', { studentFrom: 'init' }),
      { use: 'joint-training', options: { classificationShare: 50 } },
    );
    const controls = plan.trials.filter(({ control }) => control !== undefined);
    expect(controls.map(({ control }) => [control!.of, control!.schedules.length])).toEqual([
      [['low', 'high'], 2],
      [['twice'], 3],
      [['fresh'], 1],
      [['joint-training'], 1],
    ]);
    // A student with fresh weights went through one schedule; its teacher's compute makes the control's longer.
    expect(controls[2]!.control!.schedules[0]).toBeGreaterThan(20);
  });

  it('are none where they are not asked for, or the strategy trains no further', () => {
    expect(
      buildPlan(planInput(['self-training'])).plan.trials.every(({ control }) => control === undefined),
    ).toBe(true);
    expect(planOf('supervised').trials).toHaveLength(1);
  });

  it('say so where they cannot be matched', () => {
    writePlugin(
      'customised',
      `const custom = context.stages.custom('mine', { inputs: { from: context.init }, run: async () => {} });
       return context.stages.train({ from: custom.weights, data: [context.data.labelled] });`,
    );
    const [trial, control] = planOf('customised').trials;
    expect(trial!.skipped).toBeUndefined();
    expect(control).toMatchObject({
      axes: { strategy: 'control-of-customised' },
      control: { of: ['customised'], schedules: [] },
      skipped: { code: 'CONTROL_UNMATCHED', reason: expect.stringContaining('"mine"') as string },
    });
  });
});
