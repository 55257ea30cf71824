import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type PlannedStage, type StageWork, type TrainParameters } from '../../core/plan/stage';
import { prepareDatasets, type PreparedDatasets } from '../../learning/dataset/prepare';
import { scenesSpec } from '../../core/plan/scenes/spec';
import { detectorSpec } from '../../core/plan/detector-spec';
import { artifactFiles, type StageJob, type StageServices } from '../../core/plan/stage-job';
import { type CurveEntry } from '../../learning/training/curve';
import { scheduleSpec } from '../../core/plan/schedule';

export let folder: string;
export let prepared: PreparedDatasets;

export const detector = detectorSpec.parse({
  backbone: { type: 'plain', channels: [4, 8, 8, 8, 8] },
  size: 64,
  maxLevel: 5,
  fpnChannels: 8,
  headConvolutions: 1,
  anchors: { size: 2, aspectRatios: [1] },
});
export const schedule = (changes: object) =>
  scheduleSpec.parse({
    steps: 6,
    batch: 4,
    optimizer: { type: 'adam' },
    learningRate: 0.01,
    warmupSteps: 2,
    weightDecay: 1e-4,
    logEvery: 2,
    ...changes,
  });

/** Prepares small data sets of every role before the tests of a file. */
export function prepareData(changes: object = {}): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stages-'));
    const scenes = scenesSpec.parse({
      size: 64,
      classes: 3,
      train: 8,
      val: 4,
      unlabelled: 6,
      classification: { classes: 4, perClass: 3, size: 32 },
      ...changes,
    });
    prepared = await prepareDatasets({ scenes }, folder, { baseFolder: folder });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
}

export const select = (role: 'labelled' | 'unlabelled' | 'classification' | 'validation') =>
  ({ role, datasetDigest: '', fraction: 1, splitSeed: 0 }) as const;
const detection = { name: 'main', type: 'detection', categories: 3 } as const;
export const labelled = { selection: select('labelled'), head: detection, share: 1, weight: 1 };
export const classification = {
  selection: select('classification'),
  head: { name: 'images', type: 'classification', categories: 4 },
  share: 0.5,
  weight: 1,
} as const;

export function train(changes: Partial<TrainParameters> = {}): StageWork {
  return { kind: 'train', parameters: { detector, schedule: schedule({}), data: [labelled], ...changes } };
}

let count = 0;
export function createJob(
  work: StageWork,
  inputFolders: Record<string, string> = {},
  more: Pick<PlannedStage, 'checkpointSteps'> = {},
): StageJob {
  const path = join(folder, `job-${count++}`);
  const stage: PlannedStage = { ...work, key: `key-${count}`, label: 'test', seed: 5, inputs: {}, ...more };
  const job: StageJob = {
    stage,
    inputFolders,
    datasets: Object.fromEntries(Object.entries(prepared).map(([role, data]) => [role, data.location])),
    pluginEntries: {},
    backend: 'tensorflow',
    threads: 1,
    outputFolder: join(path, 'output'),
    resumeFolder: join(path, 'resume'),
  };
  mkdirSync(job.outputFolder, { recursive: true });
  mkdirSync(job.resumeFolder, { recursive: true });
  return job;
}

export function createServices(onStep: (done: number) => void = () => undefined): StageServices & {
  stop: AbortController;
} {
  const stop = new AbortController();
  const ignore = () => undefined;
  return {
    logger: { debug: ignore, info: ignore, warn: ignore },
    signal: stop.signal,
    progress: ({ done }) => onStep(done),
    stop,
  };
}

export const output = (job: StageJob, file: keyof typeof artifactFiles) =>
  join(job.outputFolder, artifactFiles[file]);
export const curveOf = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as CurveEntry[];
