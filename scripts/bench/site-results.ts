import { mkdirSync, writeFileSync } from 'node:fs';
import { type ResampledScore } from '../../src/evaluation';
import { join } from 'node:path';
import { writeExampleDataset } from '../../test/results/example-data';
import { examplePlan } from '../../test/results/example-plan';
import { exampleEnvironment, examplePlugins, ledgerOf, scoredBy } from '../../test/results/example-run';
import { ArtifactStore } from '../../src/core/artifact/artifact-store';
import type { Plan } from '../../src/core/plan/plan';
import type { TrialAxes } from '../../src/core/plan/axes';
import type { PlannedStage } from '../../src/core/plan/stage';
import { createRandom, type RandomSource } from '../../src/contract';
import type { Ledger } from '../../src/core/plan/ledger';
import { outcomeFile } from '../../src/core/plan/outcome-file';
import { artifactFiles } from '../../src/core/plan/stage-job';
import { ResultsListener } from '../../src/results/database/results.listener';
import { ResultsService } from '../../src/results/database/results.service';
import { RESAMPLES } from '../../src/statistics/bootstrap/replicates';
import { storeResamples } from '../../src/statistics/bootstrap/stored-resamples';
import { Workspace } from '../../src/core/artifact/workspace';
import { resampledScores } from '../../src/evaluation/summarise';

export interface SyntheticResults {
  readonly rows: number;
  readonly trials: number;
  readonly stages: number;
}

export interface MatrixSize {
  readonly trials: number;
  /** Of each row. */
  readonly seeds: number;
  /** Checkpoints of each training that are scored. */
  readonly checkpoints: number;
}

const fractions = [0.05, 0.1, 0.2, 0.5, 1];
const categories = Array.from({ length: 20 }, (_, index) => ({
  id: index + 1,
  name: `category ${index + 1}`,
}));

/**
 * Fills a workspace with random results: ledgers, scores with a thousand resamples, curves. They depend only on the size, so
 * that every machine measures the same pages.
 */
export async function writeSyntheticResults(workspace: string, size: MatrixSize): Promise<SyntheticResults> {
  mkdirSync(workspace, { recursive: true });
  const dataset = await writeExampleDataset(workspace, 40);
  const store = new ArtifactStore(workspace);
  const artifactFolder = (key: string) => store.folder(key);
  const plan = planOf(size);
  const metrics = new Metrics(dataset.truth.images.map(({ id }) => id));
  for (const stage of plan.stages) writeStage(plan, stage, artifactFolder(stage.key), metrics);
  const service = new ResultsService({ file: new Workspace(workspace).database });
  try {
    // A database that is newer than its artifacts imports them all in one transaction.
    await new ResultsListener(service, artifactFolder).runStarted({
      plan,
      environment: exampleEnvironment,
      reused: plan.stages.map(({ key }) => key),
      slots: 2,
      command: 'npm run bench:site',
      datasets: { [dataset.location.digest]: dataset.location },
      plugins: examplePlugins,
    });
  } finally {
    await service.close();
  }
  return { rows: plan.trials.length / size.seeds, trials: plan.trials.length, stages: plan.stages.length };
}

/** Inits × augmentations × strategies × fractions: as many as required, with similar lengths of the axes. */
function planOf({ trials, seeds, checkpoints }: MatrixSize): Plan {
  const rows = Math.ceil(trials / seeds);
  const side = Math.max(2, Math.ceil(Math.cbrt(rows / fractions.length)));
  const names = (axis: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${axis}-${String(index + 1).padStart(2, '0')}`);
  const axes = {
    init: ['random', ...names('init', side - 1)],
    augmentation: names('augmentation', side),
    strategy: ['supervised', ...names('self-training', Math.ceil(rows / side / side / fractions.length) - 1)],
    fraction: fractions,
  };
  const selected = new Set<string>();
  const only = (trial: TrialAxes) => {
    const row = JSON.stringify([trial.init, trial.augmentation, trial.strategy, trial.fraction]);
    if (selected.size < rows) selected.add(row);
    return selected.has(row);
  };
  return examplePlan({
    name: 'thousand',
    seeds: Array.from({ length: seeds }, (_, seed) => seed),
    axes,
    checkpoints,
    only,
  });
}

function writeStage(plan: Plan, stage: PlannedStage, folder: string, metrics: Metrics): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  if (stage.kind === 'train') write(artifactFiles.curve, lossCurve());
  if (stage.kind === 'detect') write(artifactFiles.detections, []);
  if (stage.kind === 'evaluate') {
    const { trial, progress } = scoredBy(plan, stage);
    write(artifactFiles.metrics, metrics.of(trial.axes, progress, stage.key));
  }
  const ledger = ledgerFor(stage);
  const { flops, flopsByPhase, unknownKernels, deviceSeconds, secondsByPhase, imagesSeen } = ledger;
  const times = { startedAt: '2026-01-02T03:04:05.000Z', endedAt: '2026-01-02T03:05:06.000Z' };
  const outcome = {
    ledger: { flops, flopsByPhase, unknownKernels, deviceSeconds, secondsByPhase, imagesSeen },
    imageIds: {},
    summary: (stage.kind === 'train' ? { finalLoss: 0.2 } : {}) as Record<string, number>,
  };
  write(artifactFiles.outcome, outcomeFile(stage, { outcome, ledger, ...times }, exampleEnvironment));
}

/** Costs differ between stages, and slightly between seeds. */
function ledgerFor(stage: PlannedStage): Ledger {
  const ledger = ledgerOf(stage);
  const { augmentation, data } = (stage.parameters ?? {}) as {
    augmentation?: { name: string };
    data?: readonly { selection: { fraction?: number }; head?: { name: string } }[];
  };
  const random = createRandom(
    `${augmentation?.name} ${data?.[0]?.head?.name} ${data?.[0]?.selection.fraction}`,
  );
  const [length, speed] = [2 ** random.between(-1.5, 2.5), 2 ** random.between(-0.2, 0.2)];
  const noise = createRandom(stage.key).between(0.95, 1.05);
  const deviceSeconds = ledger.deviceSeconds * length * speed * noise;
  return {
    ...ledger,
    flops: ledger.flops * length,
    flopsByPhase: {},
    deviceSeconds,
    wallSeconds: deviceSeconds * 1.1,
    imagesSeen: ledger.imagesSeen * length,
    energy: { joules: deviceSeconds * 65 * noise, method: 'RAPL package counter' },
  };
}

/** Length of a training, in doublings. */
function lengthOf(augmentation: string, head: string, fraction: number): number {
  const part = (name: string, most: number) => createRandom(name).between(-most, most);
  return part(augmentation, 1.2) + part(head, 0.8) + 0.3 * Math.log2(Math.max(fraction, 0.05));
}

/** Scores with resamples: an effect of each axis, noise of seeds, and noise of the images that all trials share. */
class Metrics {
  private readonly shared: readonly number[];
  private readonly names = Object.fromEntries(categories.map(({ id, name }) => [id, name]));

  constructor(private readonly imageIds: readonly number[]) {
    const random = createRandom('images');
    this.shared = Array.from({ length: RESAMPLES }, () => random.normal());
  }

  of(axes: TrialAxes, progress: number, key: string): object {
    const effect = (name: string, size: number) => size * createRandom(name).between(-1, 1);
    const random = createRandom(key);
    const AP = clamp(
      progress *
        (0.3 +
          0.035 * Math.log2(axes.fraction / 0.05) +
          // Longer training tends to be better.
          0.02 * lengthOf(axes.augmentation, axes.init, axes.fraction) +
          effect(axes.init, 0.06) +
          effect(axes.augmentation, 0.04) +
          (axes.strategy === 'supervised' ? -0.02 : effect(axes.strategy, 0.04)) +
          effect(axes.init + axes.augmentation, 0.015) +
          0.006 * random.normal()),
    );
    const scores: Record<ResampledScore, number> = {
      AP,
      AP50: clamp(AP * 1.6),
      AP75: clamp(AP * 0.95),
      APs: clamp(AP * 0.5),
      APm: clamp(AP * 0.9),
      APl: clamp(AP * 1.25),
    };
    const resampled = Object.fromEntries(
      resampledScores.map((name) => [name, this.resamples(scores[name], random)]),
    ) as unknown as Parameters<typeof storeResamples>[1];
    const round = (value: number) => Math.round(1e4 * value) / 1e4;
    const recall = { AR1: AP * 0.9, AR10: AP * 1.2, AR100: AP * 1.3, ARs: AP, ARm: AP, ARl: AP };
    return {
      stats: { ...scores, ...recall },
      perCategory: Object.fromEntries(
        categories.map(({ id }) => {
          const own = clamp(AP + 0.1 * random.normal());
          return [id, { AP: round(own), AP50: round(clamp(1.5 * own)), AR100: round(clamp(1.2 * own)) }];
        }),
      ),
      categoryNames: this.names,
      resamples: storeResamples(this.imageIds, resampled),
    };
  }

  private resamples(score: number, random: RandomSource): Float64Array {
    return Float64Array.from(this.shared, (z) => clamp(score + 0.012 * z + 0.006 * random.normal()));
  }
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));

function lossCurve(): object[] {
  return Array.from({ length: 30 }, (_, index) => {
    const step = Math.max(1, index * 10);
    const classLoss = 1.1 * Math.exp(-step / 60) + 0.12;
    const boxLoss = 0.7 * Math.exp(-step / 110) + 0.08;
    return { step, loss: classLoss + boxLoss, classLoss, boxLoss, learningRate: 0.008 * (1 - step / 301) };
  });
}
