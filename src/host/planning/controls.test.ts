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

  it('are the supervised recipe, from the same weights, for as many times its schedule as has the compute', () => {
    const plan = planOf('supervised', 'self-training');
    const [supervised, selfTraining, control] = plan.trials;
    expect(plan.trials).toHaveLength(3);
    const { length } = control!.axes;
    expect(length).toBeGreaterThan(2);
    expect(control!.axes).toEqual({ ...supervised!.axes, length });
    expect(control!.control).toEqual({ of: [{ strategy: 'self-training', length: 1 }] });
    const [only, ...others] = training(plan, control!);
    expect(others).toEqual([]);
    const [plain] = training(plan, supervised!);
    const { schedule, ...parameters } = plain!.parameters;
    expect(only!.parameters).toEqual({
      ...parameters,
      schedule: { ...schedule, steps: Math.round(10 * length) },
    });
    expect([only!.inputs, only!.seed]).toEqual([plain!.inputs, plain!.seed]);
    expect(training(plan, selfTraining!)).toHaveLength(2);
  });

  it('have none of the changes that a strategy makes to size, batch and learning rate', () => {
    writePlugin(
      'growing',
      `const train = (from, size) => context.stages.train({ from, data: [context.data.labelled], schedule: { size, batch: 8 } });
       return train(train(context.init, 64), 96);`,
    );
    const [supervised, , control] = planOf('supervised', 'growing').trials;
    expect(control).toBeUndefined();
    writePlugin(
      'shrinking',
      `const train = (from, size) => context.stages.train({ from, data: [context.data.labelled], schedule: { size } });
       return train(train(context.init, 128), 64);`,
    );
    const plan = planOf('supervised', 'shrinking');
    const [, , longer] = plan.trials;
    const [only, ...others] = training(plan, longer!);
    expect(others).toEqual([]);
    expect(only!.parameters.detector.size).toBe(96);
    expect(only!.parameters.schedule.batch).toBe(256);
    expect(longer!.axes).toEqual({ ...supervised!.axes, length: longer!.axes.length });
  });

  it('are planned only where the supervised trials of the matrix do not reach the compute', () => {
    const given = planInput(['supervised', 'self-training'], {
      selection: parseSelection(['fraction=1', 'init=random']),
    });
    const axes = { ...given.benchmark.axes, length: [1, 9] };
    const { plan } = buildPlan({ ...given, benchmark: { ...given.benchmark, axes, controls: 'matched' } });
    const controls = plan.trials.filter(({ control }) => control !== undefined);
    expect(controls.map(({ control }) => control!.of)).toEqual([[{ strategy: 'self-training', length: 9 }]]);
    expect(controls[0]!.axes.length).toBeGreaterThan(18);
  });

  it('take as many FLOPs as the strategy, pseudo-labelling included, to half a step or 0.05 %', () => {
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
    const tolerance = step / 2 + 5e-4 * flops(control!);
    expect(Math.abs(flops(selfTraining!) - flops(control!))).toBeLessThanOrEqual(tolerance);
  });

  it('are shared between strategies of equal needs', () => {
    const entry = (name: string, options: object) => ({ use: 'self-training', name, options });
    const plan = planOf(
      entry('low', { scoreThreshold: 0.3 }),
      entry('high', { scoreThreshold: 0.7 }),
      entry('twice', { rounds: 2 }),
      entry('fresh', { studentFrom: 'init' }),
      { use: 'joint-training', options: { classificationShare: 50 } },
    );
    const controls = plan.trials.filter(({ control }) => control !== undefined);
    expect(controls.map(({ control }) => control!.of.map(({ strategy }) => strategy))).toEqual([
      ['low', 'high', 'fresh'],
      ['twice'],
      ['joint-training'],
    ]);
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
      control: { of: [{ strategy: 'customised', length: 1 }] },
      skipped: { code: 'CONTROL_UNMATCHED', reason: expect.stringContaining('"mine"') as string },
    });
  });
});
