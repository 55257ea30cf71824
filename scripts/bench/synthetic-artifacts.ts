import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ArtifactStore } from '../../src/core/artifact/artifact-store';
import { MANIFEST_FILE, MANIFEST_VERSION, type ManifestFile } from '../../src/core/artifact/manifest';
import type { Plan } from '../../src/core/plan/plan';
import type { PlannedStage } from '../../src/core/plan/stage';
import { stageKinds } from '../../src/core/plan/stage-kinds';
import { createRandom, type RandomSource } from '../../src/contract';
import { emptyLedger } from '../../src/core/plan/ledger';
import { describeEvaluation, detectionsFrom, evaluate, truthFrom } from '../../src/evaluation';
import { captureEnvironment } from '../../src/host/execution/environment';
import type { RunEnvironment } from '../../src/core/plan/outcome-schema';
import { outcomeFile } from '../../src/core/plan/outcome-file';
import { artifactFiles, checkpointFile } from '../../src/core/plan/stage-job';
import { imageIntervals } from '../../src/statistics/bootstrap/score-intervals';
import { storeResamples } from '../../src/statistics/bootstrap/stored-resamples';

/** Validation images; as many as make metrics the size of those of a real run. */
const IMAGES = 200;
/** Number of different evaluations, the worst first; each evaluate stage gets one of them. */
const EVALUATIONS = 60;

/**
 * Writes artifacts of all stages of a plan into a workspace, except weights: outcomes, scores and manifests of
 * the real form, with random numbers.
 */
export async function writeSyntheticArtifacts(plan: Plan, workspace: string, seed: number): Promise<void> {
  const store = new ArtifactStore(workspace);
  const environment = await captureEnvironment('cpu', 'none');
  const random = createRandom(`made artifacts ${seed}`);
  const evaluations = Array.from({ length: EVALUATIONS }, (_, index) =>
    randomMetrics(random.fork(index), (index + 1) / (EVALUATIONS + 1)),
  );
  const quality = qualityModel(plan, random.fork('quality'));
  for (const stage of plan.stages) {
    const files: Record<string, string> = {
      [artifactFiles.outcome]: randomOutcome(stage, environment, random),
    };
    for (const step of stage.checkpointSteps ?? []) files[checkpointFile(step)] = '';
    if (stage.kind === 'train') files[artifactFiles.curve] = JSON.stringify(lossCurve());
    if (stage.kind === 'evaluate')
      files[artifactFiles.metrics] = evaluations[Math.floor(EVALUATIONS * quality(stage))]!;
    writeArtifact(store.folder(stage.key), stage.key, files);
  }
}

/** How good the trial of an evaluation is, 0 … 1: an effect of each value of its axes, and of its seed. */
function qualityModel(plan: Plan, random: RandomSource): (stage: PlannedStage) => number {
  const axesOf = new Map(plan.trials.map(({ evaluateKey, axes }) => [evaluateKey, axes]));
  return ({ key }) => {
    const values = Object.entries(axesOf.get(key) ?? {});
    const effects = values.map(([axis, value]) =>
      axis === 'fraction' ? Number(value) : random.fork(`${axis} ${value}`).uniform(),
    );
    const mean = effects.reduce((sum, effect) => sum + effect, 0) / Math.max(1, effects.length);
    return Math.min(0.999, 0.8 * mean + 0.2 * random.fork(key).uniform());
  };
}

function lossCurve(): object[] {
  return Array.from({ length: 30 }, (_, index) => {
    const step = Math.max(1, index * 10);
    const [classLoss, boxLoss] = [1.1 * Math.exp(-step / 60) + 0.12, 0.7 * Math.exp(-step / 110) + 0.08];
    return { step, loss: classLoss + boxLoss, classLoss, boxLoss, learningRate: 0.008 * (1 - step / 301) };
  });
}

function writeArtifact(folder: string, key: string, contents: Readonly<Record<string, string>>): void {
  const files = Object.entries(contents).map(([name, content]): ManifestFile => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { name, bytes: Buffer.byteLength(content), sha256 };
  });
  const manifest = { schemaVersion: MANIFEST_VERSION, key, files };
  writeFileSync(join(folder, MANIFEST_FILE), JSON.stringify(manifest));
}

function randomOutcome(stage: PlannedStage, environment: RunEnvironment, random: RandomSource): string {
  const seconds = random.between(20, 90);
  const { flops, flopsByPhase, unknownKernels, imagesSeen, ...rest } = emptyLedger;
  const measured = {
    flops: flops + Math.round(seconds * 1e11),
    flopsByPhase,
    unknownKernels,
    deviceSeconds: seconds,
    secondsByPhase: { compute: seconds, data: 1 },
    imagesSeen: imagesSeen + 4800,
  };
  const content = outcomeFile(
    stage,
    {
      outcome: {
        ledger: measured,
        imageIds: { [roleOfImages(stage)]: range(IMAGES) },
        summary: { finalLoss: random.between(0.1, 0.4) },
      },
      ledger: { ...rest, ...measured, wallSeconds: seconds + 2, peakMemoryBytes: 5e8, device: 'none' },
      startedAt: '2026-01-02T03:04:05.000Z',
      endedAt: '2026-01-02T03:05:06.000Z',
    },
    environment,
  );
  return JSON.stringify(content);
}

function roleOfImages({ kind }: PlannedStage): string {
  if (stageKinds[kind].seesValidation) return 'validation';
  return kind === 'train' ? 'labelled' : 'unlabelled';
}

/** @param recall share of the objects that are found */
function randomMetrics(random: RandomSource, recall: number): string {
  const images = range(IMAGES).map((id) => ({ id, file_name: `${id}.png`, width: 96, height: 96 }));
  const objects = images.flatMap(({ id }) =>
    range(1 + random.integer(4)).map(() => ({
      image_id: id,
      category_id: 1 + random.integer(6),
      bbox: [
        random.between(0, 40),
        random.between(0, 40),
        random.between(10, 50),
        random.between(10, 50),
      ] as [number, number, number, number],
    })),
  );
  const truth = truthFrom({
    images,
    categories: range(6).map((id) => ({ id, name: `class ${id}` })),
    annotations: objects.map((object, index) => ({
      ...object,
      id: index + 1,
      area: object.bbox[2] * object.bbox[3],
      iscrowd: 0,
    })),
  });
  const detections = detectionsFrom(
    objects
      .filter(() => random.chance(recall))
      .map((object) => ({ ...object, score: random.between(0.05, 1) })),
    truth,
  );
  const evaluation = evaluate(truth, detections);
  const { intervals, resampled } = imageIntervals(evaluation);
  const report = describeEvaluation(truth, detections, evaluation);
  const resamples = storeResamples(evaluation.records.imageIds, resampled);
  return JSON.stringify({ ...report, intervals, resamples });
}

/** 1 … count */
function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
