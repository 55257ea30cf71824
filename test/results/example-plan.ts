import { digestOf } from '../../src/core/json/canonical-json';
import { trialsOf } from '../../src/host/benchmark/matrix';
import { trialId, type TrialAxes } from '../../src/core/plan/axes';
import type { Plan, PlannedTrial } from '../../src/core/plan/plan';
import type { Benchmark } from '../../src/host/benchmark/spec';
import type { PlannedStage, StageWork } from '../../src/core/plan/stage';
import { detectorSpec } from '../../src/core/plan/detector-spec';
import { claimsSpec } from '../../src/statistics/claims/spec';
import { scheduleSpec } from '../../src/core/plan/schedule';

export interface ExampleOptions {
  readonly name?: string;
  readonly title?: string;
  readonly description?: string;
  readonly seeds?: readonly number[];
  readonly steps?: number;
  readonly only?: (axes: TrialAxes) => boolean;
  /** As in a benchmark file. */
  readonly claims?: readonly object[];
  /** Names and fractions instead of those of the usual matrix. */
  readonly axes?: Partial<Readonly<Record<'init' | 'augmentation' | 'strategy', readonly string[]>>> & {
    readonly fraction?: readonly number[];
  };
  /** How often detectors are scored along their training, the end included; 1 by default. */
  readonly checkpoints?: number;
}

const detector = detectorSpec.parse({ backbone: { type: 'plain' }, size: 96, maxLevel: 5 });
const plugin = (kind: 'augmentation' | 'init', name: string) => ({
  kind,
  name,
  options: {},
  codeDigest: digestOf({ kind, name }),
});
const digests = { labelled: 'e', unlabelled: 'f', validation: 'd', classification: 'c' };
const selection = (role: 'labelled' | 'unlabelled' | 'validation' | 'classification', fraction = 1) => ({
  role,
  datasetDigest: digests[role].repeat(64),
  fraction,
  splitSeed: 0,
});
const head = { name: 'labelled', type: 'detection' as const, categories: 3 };

/**
 * A made-up plan of the usual shape: two inits, two augmentations, two strategies, two fractions; self-training
 * shares its teacher with the supervised trial, `imagenet` its pre-training with all. Init `broken` is skipped.
 */
export function examplePlan(options: ExampleOptions = {}): Plan {
  const { name = 'example', seeds = [0], steps = 300, only = () => true, claims = [], checkpoints = 1 } = options;
  const given = options.axes ?? {};
  const entry = (use: string) => ({ use, name: use, options: {} });
  const axes: Benchmark['axes'] = {
    init: (given.init ?? ['random', 'imagenet', 'broken']).map(entry),
    augmentation: (given.augmentation ?? ['s1', 's4']).map(entry),
    strategy: (given.strategy ?? ['supervised', 'self-training']).map(entry),
    fraction: [...(given.fraction ?? [0.5, 1])],
    length: [1],
    seed: [...seeds],
  };
  const schedule = scheduleSpec.parse({ steps, batch: 16, warmupSteps: 30, optimizer: { type: 'adam' } });
  const resolved = { name, title: 'Example', splitSeed: 0, detector, schedule, axes, claims: claimsSpec.parse(claims) };
  const stages = new Map<string, PlannedStage>();
  const add = (work: StageWork, label: string, seed: number, inputs: Record<string, string> = {}): string => {
    const key = digestOf({ ...work, seed, inputs });
    stages.set(key, { ...work, key, label, seed, inputs });
    return key;
  };
  const train = (trial: TrialAxes, label: string, from?: string, pseudo?: string): string =>
    add(
      {
        kind: 'train',
        parameters: {
          detector,
          schedule,
          data: [
            { selection: selection('labelled', trial.fraction), head, share: 1, weight: 1 },
            ...(pseudo === undefined
              ? []
              : [
                  {
                    selection: selection('unlabelled'),
                    pseudoLabels: 'pseudo',
                    head,
                    share: 1,
                    weight: 1,
                  },
                ]),
          ],
          augmentation: plugin('augmentation', trial.augmentation),
          from: from === undefined ? undefined : 'from',
        },
      },
      label,
      trial.seed,
      { ...(from === undefined ? {} : { from }), ...(pseudo === undefined ? {} : { pseudo }) },
    );
  const planTrial = (trial: TrialAxes): PlannedTrial => {
    const id = trialId(trial);
    if (trial.init === 'broken') {
      const reason = 'the plugin init/broken has no class as its default export';
      return { id, axes: trial, stageKeys: [], skipped: { code: 'PLUGIN_NO_CLASS', reason } };
    }
    const keys: string[] = [];
    const trainings: string[] = [];
    if (trial.init !== 'random') {
      const data = [
        {
          selection: selection('classification'),
          head: { name: trial.init, type: 'classification' as const, categories: 100 },
          share: 1,
          weight: 1,
        },
      ];
      keys.push(add({ kind: 'train', parameters: { detector, schedule, data } }, 'pre-train', trial.seed));
    }
    keys.push(train(trial, 'teacher', keys[0]));
    trainings.push(keys.at(-1)!);
    if (trial.strategy !== 'supervised') {
      const teacher = keys.at(-1)!;
      const images = selection('unlabelled');
      // Strategies of other names differ in something.
      const scoreThreshold = 0.5 + 0.01 * Math.max(0, axes.strategy.findIndex(({ use }) => use === trial.strategy) - 1);
      const parameters = { detector, images, head: 'labelled', scoreThreshold, from: 'from' };
      keys.push(add({ kind: 'pseudo-label', parameters }, 'pseudo-label', trial.seed, { from: teacher }));
      keys.push(train(trial, 'student', teacher, keys.at(-1)));
      trainings.push(keys.at(-1)!);
    }
    const images = selection('validation');
    const score = (training: string, step?: number) => {
      const parameters = { detector, images, head: 'labelled', from: 'from', ...(step && { step }) };
      const detectKey = add({ kind: 'detect', parameters }, 'detect', trial.seed, { from: training });
      const truth = { truth: images, detections: 'detections' };
      const evaluateKey = add({ kind: 'evaluate', parameters: truth }, 'evaluate', 0, { detections: detectKey });
      return { detectKey, evaluateKey };
    };
    const last = score(keys.at(-1)!);
    const marks = Array.from({ length: checkpoints }, (_, index) =>
      Math.round(((index + 1) * steps) / checkpoints),
    );
    const scoredCheckpoints =
      checkpoints === 1
        ? {}
        : {
            checkpoints: trainings.flatMap((training) =>
              marks.map((step) => {
                const scored = score(training, step === steps ? undefined : step);
                return { training, step, steps, ...scored };
              }),
            ),
          };
    return { id, axes: trial, stageKeys: [...keys, ...Object.values(last)], ...last, ...scoredCheckpoints };
  };
  const trials = trialsOf({ ...resolved } as unknown as Benchmark)
    .filter(only)
    .map(planTrial);
  const used = new Set(
    trials.flatMap(({ stageKeys, checkpoints: scored = [] }) => [
      ...stageKeys,
      ...scored.flatMap(({ detectKey, evaluateKey }) => [detectKey, evaluateKey]),
    ]),
  );
  return {
    benchmark: {
      name,
      title: options.title ?? (name === 'example' ? 'Example matrix' : `Example matrix “${name}”`),
      description:
        options.description ?? 'Made-up results for tests: no detector was trained for these numbers.',
      file: `${process.cwd()}/benchmarks/${name}.yaml`,
      resolved,
    },
    trials,
    stages: [...stages.values()].filter((stage) => used.has(stage.key)),
  };
}
