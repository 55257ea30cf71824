import { describe, expect, it } from 'vitest';
import { parseSelection } from '../benchmark/selectors';
import { buildPlan } from './build-plan';
import { planInput } from './plan-input.test-helper';
import { workloadOf } from './workload';

describe('a probe of pre-trained weights', () => {
  const probes = (plan: ReturnType<typeof buildPlan>['plan']) =>
    plan.stages.flatMap((stage) => (stage.kind === 'probe' ? [stage] : []));
  const role = { digest: 'e', size: 40, categories: 3 };
  const of = (init: string[], heldOut = 0.1) => {
    const given = planInput(['supervised']);
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

describe('AP along training', () => {
  const withCheckpoints = (checkpoints: number) => {
    const given = planInput(['supervised', 'self-training'], {
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
