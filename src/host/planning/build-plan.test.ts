import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Catalog } from '../../core/catalog/catalog';
import type { Logger } from '../../contract';
import { workloadOf } from './workload';
import { buildPlan, type PlanInput } from './build-plan';
import { parseSelection } from '../benchmark/selectors';
import { benchmarkSpec } from '../benchmark/spec';
import { packageFolder, sourceFolder } from '../../core/files/package-folder';

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {} };
const builtIn = join(packageFolder, 'plugins');
const contract = JSON.stringify(join(sourceFolder, 'contract'));

let extra: string;
beforeAll(() => {
  extra = mkdtempSync(join(tmpdir(), 'plugins-'));
});
afterAll(() => rmSync(extra, { recursive: true }));

function writePlugin(name: string, body: string): void {
  const folder = join(extra, 'strategy', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'index.ts'),
    `const { z } = require(${JSON.stringify(require.resolve('zod'))});
     import type { StrategyContext } from ${contract};
     export default class Plugin {
       static plugin = { kind: 'strategy', name: '${name}', version: '1.0.0', contract: 1, description: 'x', options: z.strictObject({}) };
       plan(context: StrategyContext) { ${body} }
     }`,
  );
}

function input(strategies: unknown[], changes: Partial<PlanInput> = {}): PlanInput {
  const benchmark = benchmarkSpec.parse({
    name: 'test',
    title: 'Test',
    dataset: { scenes: {} },
    detector: { size: 96, backbone: { type: 'plain' } },
    schedule: { steps: 10 },
    axes: {
      init: ['random', 'imagenet'],
      augmentation: ['s1'],
      strategy: strategies,
      fraction: [0.2, 1],
      seed: [0],
    },
  });
  const role = (digest: string, size: number, categories: number) => ({ digest, size, categories });
  return {
    file: '/benchmark.yaml',
    benchmark,
    selection: parseSelection([]),
    data: {
      labelled: role('a', 100, 6),
      unlabelled: role('b', 200, 6),
      classification: role('c', 300, 100),
      validation: role('d', 50, 6),
    },
    engine: { backend: 'cpu', version: 'test', precision: 'float32', threads: 1 },
    catalog: new Catalog([builtIn, extra]),
    logger: silent,
    ...changes,
  };
}

describe('buildPlan', () => {
  it('shares equal stages between trials', () => {
    const { plan } = buildPlan(input(['supervised', 'self-training']));
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

  it('takes what a fraction leaves as the pool, on request, and skips trials that leave nothing', () => {
    const { benchmark } = input(['self-training']);
    const { plan } = buildPlan(
      input(['self-training'], { benchmark: { ...benchmark, pool: 'rest', stratified: true } }),
    );
    const pseudo = plan.stages.filter((stage) => stage.kind === 'pseudo-label');
    expect(pseudo.map(({ parameters }) => parameters.images)).toMatchObject([
      { role: 'labelled', fraction: 0.2, rest: true, stratified: true },
      { role: 'labelled', fraction: 0.2, rest: true, stratified: true },
    ]);
    const skipped = plan.trials.filter((trial) => trial.skipped !== undefined);
    expect(skipped.map(({ axes }) => axes.fraction)).toEqual([1, 1]);
    expect(skipped[0]!.skipped).toMatchObject({
      code: 'DATA_ROLE_MISSING',
      reason: expect.stringContaining('no labelled image is left') as string,
    });
  });

  it('holds labelled images out from teacher and student where a threshold is chosen by them', () => {
    const strategy = { use: 'self-training', options: { scoreThreshold: { heldOut: 0.25 } } };
    const { plan } = buildPlan(input([strategy]));
    const [trial] = plan.trials.filter(({ axes }) => axes.fraction === 0.2);
    const stages = plan.stages.filter(({ key }) => trial!.stageKeys.includes(key));
    const labels = stages.filter((stage) => stage.kind === 'pseudo-label');
    expect(labels[0]!.parameters.scoreThreshold).toMatchObject({
      images: { role: 'labelled', fraction: 0.2, after: expect.closeTo(0.15) as number },
    });
    const fractions = stages
      .filter((stage) => stage.kind === 'train')
      .flatMap(({ parameters }) => parameters.data)
      .filter(({ pseudoLabels }) => pseudoLabels === undefined)
      .map(({ selection }) => selection.fraction);
    expect(fractions).toEqual([expect.closeTo(0.15), expect.closeTo(0.15)]);
    // Choosing costs what detecting on those images costs.
    const context = {
      stages: new Map(plan.stages.map((stage) => [stage.key, stage])),
      images: (role: string) => ({ labelled: 100, unlabelled: 200 })[role],
    };
    expect(workloadOf(labels[0]!, context)!.images).toBe(205);

    const tooSmall = { use: 'self-training', options: { scoreThreshold: { heldOut: 0.01 } } };
    const { plan: refused } = buildPlan(input([tooSmall]));
    expect(refused.trials.find(({ axes }) => axes.fraction === 0.2)!.skipped).toMatchObject({
      reason: expect.stringContaining('0.01 of 20 images is not one that could be held out') as string,
    });
  });

  describe('of pre-trained weights', () => {
    const probes = (plan: ReturnType<typeof buildPlan>['plan']) =>
      plan.stages.flatMap((stage) => (stage.kind === 'probe' ? [stage] : []));
    const role = { digest: 'e', size: 40, categories: 3 };
    const of = (init: string[], heldOut = 0.1) => {
      const given = input(['supervised']);
      const axes = { ...given.benchmark.axes, init: init.map((use) => ({ use, name: use, options: {} })) };
      const benchmark = { ...given.benchmark, axes, evaluation: { checkpoints: 1, heldOut } };
      return buildPlan({ ...given, benchmark, data: { ...given.data, otherDetection: role } }).plan;
    };

    it('measures each once in its own task, on images that nothing trains on', () => {
      const plan = of(['random', 'imagenet', 'simclr', 'detection']);
      expect(plan.trials.every((trial) => trial.skipped === undefined)).toBe(true);
      expect(
        probes(plan).map(({ parameters: { measure, head, images } }) => [measure, head, images.role]),
      ).toEqual([
        ['top-1', 'classification', 'classification'],
        ['linear-probe', undefined, 'classification'],
        ['AP', 'otherDetection', 'otherDetection'],
      ]);
      const trainings = plan.stages.flatMap((stage) => (stage.kind === 'train' ? stage.parameters.data : []));
      for (const { selection } of trainings) {
        if (selection.role !== 'labelled') expect(selection.fraction).toBe(0.9);
      }
      // A trial is done without it: no trial waits for it, none pays for it.
      expect(plan.trials.flatMap(({ stageKeys }) => stageKeys)).not.toContain(probes(plan)[0]!.key);
      const context = {
        stages: new Map(plan.stages.map((stage) => [stage.key, stage])),
        images: () => 300,
      };
      expect(probes(plan).map((stage) => workloadOf(stage, context)!.images)).toEqual([30, 300, 30]);
    });

    it('has nothing to measure on where nothing is held out', () => {
      const plan = of(['imagenet'], 0);
      expect(probes(plan)).toEqual([]);
      const [training] = plan.stages.filter((stage) => stage.label === 'pre-train');
      expect(training).toMatchObject({ parameters: { data: [{ selection: { fraction: 1 } }] } });
    });
  });

  it('plans the named parts of the matrix alone, each point once', () => {
    const { benchmark } = input(['supervised', 'self-training']);
    const cells = benchmarkSpec.shape.cells.parse([
      { init: 'random', strategy: 'supervised' },
      { strategy: ['supervised', 'self-training'], fraction: 1 },
    ]);
    const { plan } = buildPlan(input(['supervised'], { benchmark: { ...benchmark, cells } }));
    expect(plan.trials.map(({ axes }) => `${axes.init} ${axes.strategy} ${axes.fraction}`)).toEqual([
      'random supervised 0.2',
      'random supervised 1',
      'random self-training 1',
      'imagenet supervised 1',
      'imagenet self-training 1',
    ]);
  });

  it('trains parts of the matrix by schedules of their own', () => {
    const { benchmark } = input(['supervised']);
    const schedules = benchmarkSpec.shape.schedules.parse([
      { where: { init: 'random' }, steps: 7 },
      { where: { init: 'random', fraction: 1 }, steps: 9, batch: 4 },
    ]);
    const { plan } = buildPlan(input(['supervised'], { benchmark: { ...benchmark, schedules } }));
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

  it('refuses parts of the matrix that no axis has', () => {
    const { benchmark } = input(['supervised']);
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

  it('puts parents before children', () => {
    const { plan } = buildPlan(input(['self-training']));
    const seen = new Set<string>();
    for (const stage of plan.stages) {
      expect(Object.values(stage.inputs).every((key) => seen.has(key))).toBe(true);
      seen.add(stage.key);
    }
  });

  it('gives a stage the same key whatever else is planned, and another for other data, seeds or engines', () => {
    const keys = (changes: Partial<PlanInput>, strategies: unknown[] = ['supervised']) =>
      buildPlan(
        input(strategies, { selection: parseSelection(['init=random,fraction=1']), ...changes }),
      ).plan.trials.find((trial) => trial.axes.strategy === 'supervised')?.evaluateKey;
    const base = keys({});
    expect(keys({}, ['self-training', 'supervised'])).toBe(base);
    const { data, engine, benchmark } = input(['supervised']);
    expect(keys({ data: { ...data, labelled: { digest: 'other', size: 100, categories: 6 } } })).not.toBe(
      base,
    );
    expect(keys({ data: { ...data, classification: { digest: 'other', size: 9, categories: 9 } } })).toBe(
      base,
    );
    expect(keys({ engine: { ...engine, backend: 'tensorflow' } })).not.toBe(base);
    expect(keys({ benchmark: { ...benchmark, axes: { ...benchmark.axes, seed: [1] } } })).not.toBe(base);
  });

  it('makes nothing stale but the detections when they are made otherwise', () => {
    const keys = (inference: object) => {
      const { benchmark } = input(['supervised']);
      const detector = {
        ...benchmark.detector,
        inference: { ...benchmark.detector.inference, ...inference },
      };
      const { stages } = buildPlan(
        input(['supervised'], {
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

  it('lets the student draw otherwise than its teacher', () => {
    const { plan } = buildPlan(
      input(['self-training'], { selection: parseSelection(['init=random,fraction=1']) }),
    );
    const seeds = plan.stages.filter((stage) => stage.kind === 'train').map((stage) => stage.seed);
    expect(new Set(seeds).size).toBe(2);
  });

  describe('trials that differ in their seeds alone', () => {
    const counted = (name: string, body: string) =>
      writePlugin(name, `(globalThis as any).planned = ((globalThis as any).planned ?? 0) + 1; ${body}`);
    const planOf = (strategies: unknown[], only: string[] = []) => {
      const given = input(strategies, { selection: parseSelection(only) });
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

    it('are planned one by one where a plugin has stages of its own, or throws', () => {
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

  describe('AP along training', () => {
    const withCheckpoints = (checkpoints: number) => {
      const given = input(['supervised', 'self-training'], {
        selection: parseSelection(['fraction=1', 'init=imagenet']),
      });
      return buildPlan({
        ...given,
        benchmark: { ...given.benchmark, evaluation: { heldOut: 0.1, checkpoints } },
      }).plan;
    };

    it('is scored at evenly spaced steps of every training of a detector, once for all trials', () => {
      const plan = withCheckpoints(3);
      const [supervised, selfTraining] = plan.trials;
      expect(supervised!.checkpoints!.map(({ step, steps }) => [step, steps])).toEqual([
        [3, 10],
        [7, 10],
        [10, 10],
      ]);
      expect(selfTraining!.checkpoints).toHaveLength(6);
      expect(selfTraining!.checkpoints!.slice(0, 3)).toEqual(supervised!.checkpoints);
      // The end is what the trial is scored at anyway.
      expect(supervised!.checkpoints!.at(-1)!.evaluateKey).toBe(supervised!.evaluateKey);
      expect(selfTraining!.checkpoints!.at(-1)!.evaluateKey).toBe(selfTraining!.evaluateKey);
      const trained = plan.stages.filter(({ kind }) => kind === 'train');
      expect(trained.map(({ label, checkpointSteps }) => [label, checkpointSteps])).toEqual([
        ['pre-train', undefined],
        ['train', [3, 7]],
        ['student', [3, 7]],
      ]);
      expect(new Set(plan.stages.map(({ key }) => key)).size).toBe(plan.stages.length);
    });

    it('changes no key of what the trials rest on', () => {
      const keys = (checkpoints: number) =>
        withCheckpoints(checkpoints).trials.map(({ stageKeys }) => stageKeys);
      expect(keys(7)).toEqual(keys(1));
      expect(withCheckpoints(1).trials[0]!.checkpoints).toBeUndefined();
    });

    it('has no more checkpoints than steps', () => {
      expect(withCheckpoints(1000).trials[0]!.checkpoints!.map(({ step }) => step)).toEqual([
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
      ]);
    });
  });

  describe('compute-matched controls', () => {
    const planOf = (...strategies: unknown[]) => {
      const given = input(strategies, { selection: parseSelection(['fraction=1', 'init=imagenet']) });
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
        buildPlan(input(['self-training'])).plan.trials.every(({ control }) => control === undefined),
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

  it('skips only the trials of a plugin that throws, and says who threw', () => {
    writePlugin('thrower', "throw new Error('no idea');");
    const { plan } = buildPlan(input(['supervised', 'thrower']));
    const skipped = plan.trials.filter((trial) => trial.skipped !== undefined);
    expect(skipped).toHaveLength(4);
    expect(skipped[0]?.skipped).toEqual({
      code: 'PLUGIN_THREW',
      reason: 'strategy "thrower" threw: no idea',
    });
  });

  it('skips trials that need data which the benchmark lacks', () => {
    const { data } = input(['supervised']);
    const { plan } = buildPlan(input(['supervised'], { data: { ...data, classification: undefined } }));
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
      'negative',
      'return context.stages.train({ from: context.init, data: [context.data.labelled], schedule: { steps: -1 } });',
      'PLAN_REQUEST',
    ],
  ])('skips the plan of a strategy that %s', (name, body, code) => {
    writePlugin(name, body);
    const { plan } = buildPlan(input([name], { selection: parseSelection(['init=random,fraction=1']) }));
    expect(plan.trials[0]?.skipped?.code).toBe(code);
  });

  it('stops at options that the benchmark file states wrongly', () => {
    const strategies = [{ use: 'self-training', options: { scoreTreshold: 0.4 } }];
    expect(() => buildPlan(input(strategies))).toThrow(
      expect.objectContaining({ code: 'PLUGIN_OPTIONS', hint: 'did you mean "scoreThreshold"?' }) as Error,
    );
  });
});
