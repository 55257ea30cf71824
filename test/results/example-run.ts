import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../../src/core/plan/plan';
import type { PlannedStage } from '../../src/core/plan/stage';
import { emptyLedger, type Ledger } from '../../src/core/plan/ledger';
import {
  detectionsFrom,
  evaluate,
  storedAnalyses,
  pseudoLabelQuality,
  truthFrom,
} from '../../src/evaluation';
import type { PluginSummary } from '../../src/core/plan/plugin-summary';
import type { RunListener, StageResult } from '../../src/core/plan/run-events';
import type { RunEnvironment } from '../../src/core/plan/outcome-schema';
import { artifactFiles } from '../../src/core/plan/stage-job';
import { outcomeFile } from '../../src/core/plan/outcome-file';
import { imageIntervals } from '../../src/statistics/bootstrap/score-intervals';
import { storeResamples } from '../../src/statistics/bootstrap/stored-resamples';
import { type ExampleDataset, exampleDetections } from './example-data';

export const exampleEnvironment: RunEnvironment = {
  hostname: 'example',
  platform: 'linux x64',
  cpu: 'Example CPU',
  cores: 2,
  memoryBytes: 8 * 2 ** 30,
  node: 'v20.19.0',
  backend: 'tensorflow',
  engine: 'TensorFlow 2.21.0',
  rethink: '0.1.0',
  commit: '0123456789abcdef0123456789abcdef01234567',
  dirty: false,
};

export const examplePlugins: PluginSummary[] = [
  { kind: 'init', name: 'random', status: 'ok', version: '1.0.0', description: 'Fresh weights.', options: [] },
  {
    kind: 'init',
    name: 'imagenet',
    status: 'ok',
    version: '1.0.0',
    description: 'Supervised classification of other classes, as a planned stage.',
    options: [{ name: 'steps', type: 'integer', default: 600, description: 'length of the pre-training' }],
    source: 'https://arxiv.org/abs/2006.06882',
  },
  {
    kind: 'init',
    name: 'broken',
    status: 'broken',
    code: 'PLUGIN_NO_CLASS',
    reason: 'has no class as its default export',
  },
  { kind: 'augmentation', name: 's1', status: 'ok', version: '1.0.0', description: 'Flip and crop.' },
  { kind: 'augmentation', name: 's4', status: 'ok', version: '1.0.0', description: 'RandAugment.' },
  { kind: 'strategy', name: 'supervised', status: 'ok', version: '1.0.0', description: 'Labelled data only.' },
  { kind: 'strategy', name: 'self-training', status: 'ok', version: '1.0.0', description: 'Pseudo-labels.' },
];

export interface ExampleRun {
  readonly plan: Plan;
  readonly listener: RunListener;
  readonly artifactFolder: (key: string) => string;
  readonly dataset: ExampleDataset;
  readonly reused?: readonly string[];
  /** The stage, if any, that fails. */
  readonly fails?: (stage: PlannedStage) => boolean;
  /** How many stages are let finish before the run is stopped. */
  readonly stopAfter?: number;
}

/** Plays a run to a listener, and writes what its stages would leave. */
export async function playRun(run: ExampleRun): Promise<void> {
  const { plan, listener, artifactFolder, dataset, reused = [], fails = () => false } = run;
  const { stopAfter = Infinity } = run;
  await listener.runStarted?.({
    plan,
    environment: exampleEnvironment,
    reused,
    slots: 2,
    command: `rethink run benchmarks/${plan.benchmark.name}.yaml`,
    datasets: Object.fromEntries(
      [dataset.location, dataset.pool.location].map((location) => [location.digest, location]),
    ),
    plugins: examplePlugins,
  });
  const lost = new Map<string, PlannedStage>();
  let finished = 0;
  for (const stage of plan.stages) {
    if (reused.includes(stage.key)) continue;
    const because = Object.values(stage.inputs)
      .map((key) => lost.get(key))
      .find((found) => found !== undefined);
    if (because !== undefined) {
      lost.set(stage.key, because);
      await listener.stageBlocked?.({ stage, because });
      continue;
    }
    await listener.stageStarted?.({ stage, slot: 0, attempt: 1 });
    const times = { startedAt: '2026-01-02T03:04:05.000Z', endedAt: '2026-01-02T03:05:06.000Z' };
    if (finished >= stopAfter) return; // as if killed
    if (fails(stage)) {
      lost.set(stage.key, stage);
      const failure = { kind: 'diverged', code: 'LOSS_NAN', message: 'the loss is NaN at step 120' } as const;
      await listener.stageFailed?.({
        stage,
        failure: { ...failure, logFile: `logs/${stage.key.slice(0, 8)}.log`, ...times, seconds: 1 },
      });
      continue;
    }
    const result: StageResult = { outcome: writeArtifact(run, stage), ledger: ledgerOf(stage), ...times };
    const outcome = outcomeFile(stage, result, exampleEnvironment);
    writeFileSync(join(artifactFolder(stage.key), artifactFiles.outcome), JSON.stringify(outcome));
    await listener.stageFinished?.({ stage, result });
    finished++;
  }
  await listener.runFinished?.({
    finished,
    failed: lost.size === 0 ? 0 : 1,
    blocked: Math.max(0, lost.size - 1),
    cancelled: false,
    wallSeconds: 60,
  });
}

const flopsOf: Record<PlannedStage['kind'], number> = {
  train: 4e12,
  'pseudo-label': 2e11,
  'oracle-label': 0,
  'pseudo-class': 1e11,
  probe: 1e10,
  detect: 1e11,
  evaluate: 0,
  checkpoint: 0,
  custom: 0,
};

export function ledgerOf(stage: PlannedStage): Ledger {
  const longer = stage.label === 'student' ? 2.1 : 1;
  const flops = flopsOf[stage.kind] * longer;
  return {
    ...emptyLedger,
    flops,
    flopsByPhase: stage.kind === 'train' ? { forward: flops / 3, backward: (2 * flops) / 3 } : {},
    deviceSeconds: (flops / 1.1e11) * (0.9 + 0.04 * (stage.seed % 5)),
    wallSeconds: flops / 1e11 + 1.5,
    peakMemoryBytes: 6e8,
    imagesSeen: flops / 1e9,
    device: 'core 0 of Example CPU',
  };
}

function writeArtifact({ plan, artifactFolder, dataset }: ExampleRun, stage: PlannedStage): StageResult['outcome'] {
  const folder = artifactFolder(stage.key);
  mkdirSync(folder, { recursive: true });
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  if (stage.kind === 'train') write(artifactFiles.curve, curveOf(stage));
  const { trial, progress } = scoredBy(plan, stage);
  const detections = exampleDetections(dataset.truth, progress * skillOf(trial), trial.id);
  if (stage.kind === 'detect') write(artifactFiles.detections, detections);
  if (stage.kind === 'pseudo-label') writePseudoLabels(dataset.pool.truth, skillOf(trial), stage.key, write);
  if (stage.kind === 'evaluate') {
    const truth = truthFrom(dataset.truth);
    const found = detectionsFrom(detections, truth);
    const evaluation = evaluate(truth, found);
    const { stats, perCategory, tieRule, tieBand, warnings } = evaluation;
    const imageIds = truth.images.map(({ id }) => id);
    const { intervals, resampled } = imageIntervals(evaluation, 60);
    const resamples = storeResamples(imageIds, resampled);
    const categoryNames = Object.fromEntries(
      dataset.truth.categories.map((category) => [category.id, category.name]),
    );
    write(artifactFiles.metrics, {
      stats,
      perCategory,
      tieRule,
      tieBand,
      warnings,
      categoryNames,
      ...storedAnalyses(truth, found, evaluation),
      intervals,
      resamples,
    });
  }
  const ids = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);
  const poolIds = dataset.pool.truth.images.map(({ id }) => id);
  const imageIds: Record<string, number[]> =
    stage.kind === 'detect' || stage.kind === 'evaluate'
      ? { validation: dataset.truth.images.map((image) => image.id) }
      : stage.label === 'pre-train'
        ? { classification: ids(1, 200) }
        : stage.kind === 'pseudo-label'
          ? { unlabelled: poolIds }
          : { labelled: ids(101, 40), ...(stage.label === 'student' ? { unlabelled: poolIds } : {}) };
  const { flops, flopsByPhase, unknownKernels, deviceSeconds, secondsByPhase, imagesSeen } = ledgerOf(stage);
  return {
    ledger: { flops, flopsByPhase, unknownKernels, deviceSeconds, secondsByPhase, imagesSeen },
    imageIds,
    summary:
      stage.kind === 'train'
        ? { finalLoss: 0.2 }
        : stage.kind === 'pseudo-label'
          ? { images: poolIds.length, labels: 20, labelledImages: 9, ignoredRegions: 3 }
          : {},
  };
}

function writePseudoLabels(
  truth: ExampleDataset['truth'],
  skill: number,
  seed: string,
  write: (name: string, value: unknown) => void,
): void {
  const labels = exampleDetections(truth, skill, seed);
  const scoreThreshold = 0.5;
  write(artifactFiles.pseudoLabelQuality, { scoreThreshold, thresholds: pseudoLabelQuality(truth, labels) });
  const annotations = labels
    .filter(({ score }) => score >= 0.3)
    .map((label, index) => ({
      id: index + 1,
      ...label,
      area: label.bbox[2] * label.bbox[3],
      iscrowd: 0,
      ...(label.score < scoreThreshold ? { ignore: 1 } : {}),
    }));
  write(artifactFiles.pseudoLabels, { categories: truth.categories, images: truth.images, annotations });
}

/** The trial that a stage belongs to, and how far its detector has come: 1 at the end of the trial. */
export function scoredBy(
  plan: Plan,
  stage: PlannedStage,
): { readonly trial: Plan['trials'][number]; readonly progress: number } {
  const owner = plan.trials.find(({ stageKeys }) => stageKeys.includes(stage.key));
  if (owner !== undefined) return { trial: owner, progress: 1 };
  for (const trial of plan.trials) {
    const points = trial.checkpoints ?? [];
    const point = points.find(({ detectKey, evaluateKey }) => [detectKey, evaluateKey].includes(stage.key));
    if (point === undefined) continue;
    const isLast = point.training === points.at(-1)!.training;
    return { trial, progress: (isLast ? 0.7 : 0.4) + 0.3 * (point.step / point.steps) };
  }
  throw new Error(`no trial has the stage ${stage.key}`);
}

function skillOf({ axes }: Plan['trials'][number]): number {
  return (
    0.3 +
    (axes.fraction === 1 ? 0.22 : 0) +
    (axes.init === 'imagenet' ? (axes.augmentation === 's4' ? -0.03 : 0.1) : 0) +
    (axes.augmentation === 's4' ? 0.12 : 0) +
    (axes.strategy === 'self-training' ? 0.12 : 0) +
    (axes.seed % 5) * 0.01
  );
}

function curveOf(stage: PlannedStage): unknown[] {
  const steps = stage.kind === 'train' ? stage.parameters.schedule.steps : 0;
  return Array.from({ length: Math.floor(steps / 10) + 1 }, (_, index) => {
    const step = Math.max(1, index * 10);
    const classLoss = 1.1 * Math.exp(-step / 60) + 0.12 + 0.02 * Math.sin(index * 1.7);
    const boxLoss = 0.7 * Math.exp(-step / 110) + 0.08 + 0.01 * Math.cos(index * 2.3);
    return { step, loss: classLoss + boxLoss, classLoss, boxLoss, learningRate: 0.008 * (1 - step / (steps + 1)) };
  });
}
