import { describe, expect, it } from 'vitest';
import { parseSelection } from '../benchmark/selectors';
import { buildPlan, type PlanInput } from './build-plan';
import { planInput, writePlugin } from './plan-input.test-helper';

describe('buildPlan', () => {
  it('shares equal stages between trials', () => {
    const { plan } = buildPlan(planInput(['supervised', 'self-training']));
    expect(plan.trials).toHaveLength(8);
    expect(plan.trials.every((trial) => trial.skipped === undefined)).toBe(true);
    const count = (label: string) => plan.stages.filter((stage) => stage.label === label).length;
    // One pre-training; a supervised training for each init and fraction, which is the teacher too; a student for each.
    expect(count('pre-train')).toBe(1);
    expect(count('train') + count('teacher')).toBe(4);
    expect(count('student')).toBe(4);
    expect(count('pseudo-label')).toBe(4);
    expect(count('evaluate')).toBe(8);
    expect(new Set(plan.stages.map((stage) => stage.key)).size).toBe(plan.stages.length);
  });

  it('puts parents before children', () => {
    const { plan } = buildPlan(planInput(['self-training']));
    const seen = new Set<string>();
    for (const stage of plan.stages) {
      expect(Object.values(stage.inputs).every((key) => seen.has(key))).toBe(true);
      seen.add(stage.key);
    }
  });

  it('gives a stage the same key whatever else is planned, and another for other data, seeds or engines', () => {
    const keys = (changes: Partial<PlanInput>, strategies: unknown[] = ['supervised']) =>
      buildPlan(
        planInput(strategies, { selection: parseSelection(['init=random,fraction=1']), ...changes }),
      ).plan.trials.find((trial) => trial.axes.strategy === 'supervised')?.evaluateKey;
    const base = keys({});
    expect(keys({}, ['self-training', 'supervised'])).toBe(base);
    const { data, engine, benchmark } = planInput(['supervised']);
    expect(keys({ data: { ...data, labelled: { digest: 'other', size: 100, categories: 6 } } })).not.toBe(
      base,
    );
    expect(keys({ data: { ...data, classification: { digest: 'other', size: 9, categories: 9 } } })).toBe(
      base,
    );
    expect(keys({ engine: { ...engine, backend: 'tensorflow' } })).not.toBe(base);
    expect(keys({ benchmark: { ...benchmark, axes: { ...benchmark.axes, seed: [1] } } })).not.toBe(base);
  });

  it('makes only the detections stale when the settings of inference change', () => {
    const keys = (inference: object) => {
      const { benchmark } = planInput(['supervised']);
      const detector = {
        ...benchmark.detector,
        inference: { ...benchmark.detector.inference, ...inference },
      };
      const { stages } = buildPlan(
        planInput(['supervised'], {
          benchmark: { ...benchmark, detector },
          selection: parseSelection(['init=random,fraction=1']),
        }),
      ).plan;
      return Object.fromEntries(stages.map((stage) => [stage.kind, stage]));
    };
    const before = keys({});
    for (const change of [{ softNmsSigma: 0.3 }, { size: 128 }]) {
      const after = keys(change);
      expect(after['train']?.key).toBe(before['train']?.key);
      expect(after['detect']?.key).not.toBe(before['detect']?.key);
    }
    expect(keys({ size: 128 })['detect']?.parameters).toMatchObject({ detector: { size: 128 } });
    expect(keys({ size: 128 })['train']?.parameters).toMatchObject({ detector: { size: 96 } });
  });

  it('gives the student another seed than its teacher', () => {
    const { plan } = buildPlan(
      planInput(['self-training'], { selection: parseSelection(['init=random,fraction=1']) }),
    );
    const seeds = plan.stages.filter((stage) => stage.kind === 'train').map((stage) => stage.seed);
    expect(new Set(seeds).size).toBe(2);
  });

  describe('trials that differ in their seeds alone', () => {
    const counted = (name: string, body: string) =>
      writePlugin(name, `(globalThis as any).planned = ((globalThis as any).planned ?? 0) + 1; ${body}`);
    const planOf = (strategies: unknown[], only: string[] = []) => {
      const given = planInput(strategies, { selection: parseSelection(only) });
      const { benchmark } = given;
      const axes = { ...benchmark.axes, seed: [0, 1, 7] };
      const evaluation = { heldOut: 0.1, checkpoints: 3 };
      const planned = buildPlan({
        ...given,
        benchmark: { ...benchmark, axes, evaluation, controls: 'matched' },
      });
      const asked = (globalThis as { planned?: number }).planned;
      delete (globalThis as { planned?: number }).planned;
      return { ...planned, asked };
    };

    it('are planned once, and have the stages that each has when it is planned alone', () => {
      const train = 'context.stages.train({ from: context.init, data: [context.data.labelled] })';
      counted('counted', `return ${train};`);
      const { plan, asked } = planOf(['supervised', 'self-training', 'counted']);
      expect(asked).toBe(4);
      const stages = new Map(plan.stages.map((stage) => [stage.key, stage]));
      for (const seed of [0, 1, 7]) {
        const alone = planOf(['supervised', 'self-training', 'counted'], [`seed=${seed}`]).plan;
        expect(alone.trials.some(({ control }) => control !== undefined)).toBe(true);
        expect(plan.trials.filter(({ axes }) => axes.seed === seed)).toEqual(alone.trials);
        for (const stage of alone.stages) expect(stages.get(stage.key)).toEqual(stage);
      }
      expect(new Set(plan.trials.map(({ evaluateKey }) => evaluateKey)).size).toBeGreaterThan(
        plan.trials.length / 2,
      );
    });

    it('are planned one by one where a plugin has custom stages, or throws', () => {
      counted(
        'owner',
        `const own = context.stages.custom('mine', { inputs: { from: context.init }, run: async () => {} });
         return context.stages.train({ from: own.weights, data: [context.data.labelled] });`,
      );
      const own = planOf(['owner'], ['init=random,fraction=1']);
      expect(own.asked).toBe(3);
      expect(own.customRuns.size).toBe(3);
      counted('refuses', "throw new Error('no');");
      const { plan, asked } = planOf(['refuses'], ['init=random,fraction=1']);
      expect(asked).toBe(3);
      expect(plan.trials.map(({ skipped }) => skipped?.code)).toEqual(Array(3).fill('PLUGIN_THREW'));
    });
  });

  it('skips only the trials of a plugin that throws, and names it', () => {
    writePlugin('thrower', "throw new Error('no idea');");
    const { plan } = buildPlan(planInput(['supervised', 'thrower']));
    const skipped = plan.trials.filter((trial) => trial.skipped !== undefined);
    expect(skipped).toHaveLength(4);
    expect(skipped[0]?.skipped).toEqual({
      code: 'PLUGIN_THREW',
      reason: 'Strategy "thrower" threw: no idea.',
    });
  });

  it('skips trials that need data that the benchmark lacks', () => {
    const { data } = planInput(['supervised']);
    const { plan } = buildPlan(planInput(['supervised'], { data: { ...data, classification: undefined } }));
    expect(
      plan.trials
        .filter((trial) => trial.skipped?.code === 'DATA_ROLE_MISSING')
        .map((trial) => trial.axes.init),
    ).toEqual(['imagenet', 'imagenet']);
  });

  it.each([
    ['returns-init', 'return context.init;', 'PLAN_NOT_A_DETECTOR'],
    ['returns-nothing', 'return undefined;', 'PLAN_REQUEST'],
    [
      'classifier',
      'return context.stages.train({ from: context.init, data: [context.data.classification] });',
      'PLAN_NOT_A_DETECTOR',
    ],
    [
      'no-labels',
      'return context.stages.train({ from: context.init, data: [context.data.unlabelled] });',
      'PLAN_REQUEST',
    ],
    ['no-data', 'return context.stages.train({ from: context.init, data: [] });', 'PLAN_REQUEST'],
    [
      'foreign',
      "return context.stages.train({ from: { type: 'weights', id: 'mine' }, data: [context.data.labelled] });",
      'PLAN_REQUEST',
    ],
    [
      'long-label',
      "return context.stages.train({ from: context.init, data: [context.data.labelled], label: 'x'.repeat(101) });",
      'PLAN_REQUEST',
    ],
    [
      'negative',
      'return context.stages.train({ from: context.init, data: [context.data.labelled], schedule: { steps: -1 } });',
      'PLAN_REQUEST',
    ],
  ])('skips the plan of a strategy that %s', (name, body, code) => {
    writePlugin(name, body);
    const { plan } = buildPlan(planInput([name], { selection: parseSelection(['init=random,fraction=1']) }));
    expect(plan.trials[0]?.skipped?.code).toBe(code);
  });

  it('stops at invalid options in the benchmark file', () => {
    const strategies = [{ use: 'self-training', options: { scoreTreshold: 0.4 } }];
    expect(() => buildPlan(planInput(strategies))).toThrow(
      expect.objectContaining({ code: 'PLUGIN_OPTIONS', hint: 'Did you mean "scoreThreshold"?' }) as Error,
    );
  });
});
