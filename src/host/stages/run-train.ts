import { join } from 'node:path';
import { roleOf, type TrainParameters } from '../../core/plan/stage';
import { createRandom } from '../../contract';
import { describeParameters } from '../../learning/detector/architecture';
import type { Parameter } from '../../learning/detector/layers/parameter';
import { drawWeights, fitWeights, type Weights } from '../../learning/detector/weights';
import {
  artifactFiles,
  type StageJob,
  type StageOutcome,
  type StageServices,
} from '../../core/plan/stage-job';
import { createState, useBackend, type State } from '../../learning/tensor';
import { createInputFeed } from '../../learning/training/input/input-feed';
import { countInputThreads } from '../../learning/training/input/count-threads';
import { augmentationUse, inputFile, openTrainingUse } from './job-data';
import {
  handOverCheckpoints,
  hasCheckpoints,
  writeCheckpoint,
} from '../../learning/training/run-checkpoints';
import { loadResumePoint, saveResumePoint } from '../../learning/training/resume';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { trainableNames, trainingState } from '../../learning/training/step/train-step';
import { namesToKeep } from '../../learning/training/step/weight-average';
import { openTrainingData, planInputs, type OpenedData } from './training-data';
import { DivergedError, runTrainLoop, type TrainLoopResult } from '../../learning/training/train-loop';
import {
  readWeights,
  writeWeights,
  type TrainedHead,
  type WeightsFile,
} from '../../learning/training/weights-file';
import type { TrainingSetUp } from '../../learning/training/step/training-set-up';

const saveEverySeconds = 15;

/** Trains a network by the stage's parameters; leaves weights and loss curve. */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { parameters: request, seed, key } = trainStage(job);
  await useBackend(job.backend, { threads: job.threads });
  const spec = { ...request.detector };
  const data = await openTrainingData({
    uses: request.data,
    batch: request.schedule.batch,
    open: (use) => openTrainingUse(job, use),
  });
  const heads = headsOf(data);
  const parameters = describeParameters(spec, heads);
  const setUp: TrainingSetUp = {
    spec,
    schedule: request.schedule,
    parts: data.map(({ part }) => part),
    normaliseLosses: request.normaliseLosses && {
      ...request.normaliseLosses,
      first: data.findIndex(({ index }) => index === 0),
    },
    parameters,
  };
  const { checkpointSteps = [] } = job.stage;
  const found = await loadResumePoint(job.resumeFolder, key, services.logger);
  const resumed =
    found && hasCheckpoints(job.resumeFolder, found.progress, checkpointSteps, services.logger)
      ? found
      : undefined;
  const input = await readInput(job, request);
  const initial = resumed?.state ?? trainingState(setUp, startingWeights(job, input, parameters, services));
  const state = createState(initial);
  const earlierSeconds = resumed?.progress.wallSeconds ?? 0;
  const { steps } = request.schedule;
  const firstStep = resumed?.progress.step ?? 0;
  const plan = planInputs(
    data,
    spec,
    seed,
    request.augmentation && augmentationUse(job, request.augmentation),
  );
  const feed = createInputFeed({
    plan,
    logger: services.logger,
    watch: services.fileAccess,
    firstStep,
    steps,
    threads: job.inputThreads ?? countInputThreads(plan, steps - firstStep, job.cores ?? 1),
  });
  let figures: Record<string, number> = {};
  let result: TrainLoopResult;
  try {
    result = await runTrainLoop({
      setUp,
      state,
      feed,
      seed,
      resumed: resumed?.progress,
      signal: services.signal,
      saveEverySeconds,
      wallSeconds: () => earlierSeconds + process.uptime(),
      save: async (progress) => saveResumePoint(job.resumeFolder, key, await state.read(), progress),
      checkpointSteps,
      keep: async (step) =>
        writeCheckpoint(job.resumeFolder, step, async (file) =>
          writeWeights(
            file,
            parameters,
            await readResult(state, setUp),
            heads,
            carriedAlong(input, parameters, heads),
          ),
        ),
      onEntry: ({ loss, imagesPerSecond }) => (figures = { loss, imagesPerSecond }),
      onStep: (done) => services.progress({ done, total: steps, unit: 'step', figures }),
    });
  } catch (error) {
    // The output folder goes with the failed stage, the resume folder stays.
    if (error instanceof DivergedError) await writeCurve(job.resumeFolder, error.curve);
    throw error;
  } finally {
    await feed.close();
  }
  const { progress, flopsPerStep } = result;
  services.logger.info('inputs prepared', {
    threads: feed.threads,
    busySeconds: feed.busySeconds,
    waitSeconds: progress.secondsByPhase['data'],
  });
  const weights = await readResult(state, setUp);
  const file = join(job.outputFolder, artifactFiles.weights);
  await writeWeights(file, parameters, weights, heads, carriedAlong(input, parameters, heads));
  await writeCurve(job.outputFolder, progress.curve);
  await handOverCheckpoints(job.resumeFolder, job.outputFolder, progress.checkpoints);
  state.dispose();
  const flops = flopsPerStep.flops * steps;
  const images = setUp.parts.reduce((sum, part) => sum + part.images, 0);
  return {
    ledger: {
      flops,
      flopsByPhase: Object.fromEntries(
        Object.entries(flopsPerStep.byPhase).map(([phase, count]) => [phase, count * steps]),
      ),
      unknownKernels: Object.fromEntries(flopsPerStep.unknown.map((kernel) => [kernel, steps])),
      deviceSeconds: progress.deviceSeconds,
      secondsByPhase: progress.secondsByPhase,
      imagesSeen: images * steps,
    },
    imageIds: imageIdsByRole(data),
    summary: {
      steps,
      finalLoss: progress.curve.at(-1)!.loss,
      parameters: parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
      stepMs: (1000 * progress.deviceSeconds) / steps,
      inputThreads: feed.threads,
    },
    resumedSeconds: earlierSeconds,
  };
}

function trainStage({ stage }: StageJob): { parameters: TrainParameters; seed: number; key: string } {
  if (stage.kind !== 'train') throw new TypeError(`not a training stage: ${stage.kind}`);
  return stage;
}

/** What the stage leaves: the weights, or their moving averages where the schedule asks for them. */
async function readResult(state: State, setUp: TrainingSetUp): Promise<Weights> {
  const names = setUp.parameters.map(({ name }) => name);
  const averaged = setUp.schedule.weightAverage === undefined ? [] : trainableNames(setUp);
  const kept = namesToKeep(names, averaged);
  const values = await state.read(kept.map(({ stateName }) => stateName));
  return Object.fromEntries(kept.map(({ name, stateName }) => [name, values[stateName]!]));
}

function writeCurve(folder: string, curve: unknown): Promise<void> {
  return writeFileAtomically(join(folder, artifactFiles.curve), `${JSON.stringify(curve)}\n`);
}

/** Each head once, with the categories of its first data set. */
function headsOf(data: readonly OpenedData[]): TrainedHead[] {
  const heads = new Map<string, TrainedHead>();
  for (const { use, source } of data) {
    if (heads.has(use.head.name)) continue;
    heads.set(use.head.name, {
      ...use.head,
      labels: use.head.type === 'contrastive' ? [] : source.categories.map(({ id, name }) => ({ id, name })),
    });
  }
  return [...heads.values()];
}

/** The weights to start from, as their stage left them. */
async function readInput(job: StageJob, { from }: TrainParameters): Promise<WeightsFile | undefined> {
  return from === undefined ? undefined : readWeights(inputFile(job, from, artifactFiles.weights));
}

/** Drawn from the seed; what fits by name and shape is taken over from the input. */
function startingWeights(
  { stage }: StageJob,
  input: WeightsFile | undefined,
  parameters: readonly Parameter[],
  { logger }: StageServices,
): Weights {
  const drawn = drawWeights(parameters, createRandom(`initialisation/${stage.seed}`));
  if (input === undefined) return drawn;
  const fit = fitWeights(parameters, input.tensors);
  logger.info('weights taken over', {
    taken: Object.keys(fit.taken).length,
    drawn: [...fit.missing, ...fit.misshapen.map(({ name }) => name)],
    carriedAlong: fit.unexpected,
  });
  return { ...drawn, ...fit.taken };
}

/** Pyramid and heads of the input that this stage does not train go along unchanged: a detector stays one. */
function carriedAlong(
  input: WeightsFile | undefined,
  parameters: readonly Parameter[],
  heads: readonly TrainedHead[],
): WeightsFile {
  const own = new Set(parameters.map(({ name }) => name));
  const isOther = (name: string) => !heads.some((head) => head.name === name);
  const tensors = Object.entries(input?.tensors ?? {}).filter(([name]) => {
    const head = /^head\.(.+?)\./.exec(name)?.[1];
    return !own.has(name) && (head === undefined ? name.startsWith('fpn.') : isOther(head));
  });
  return {
    tensors: Object.fromEntries(tensors),
    heads: (input?.heads ?? []).filter(({ name }) => isOther(name)),
  };
}

function imageIdsByRole(data: readonly OpenedData[]): Record<string, number[]> {
  const ids: Record<string, number[]> = {};
  for (const { use, source } of data) {
    const role = roleOf(use.selection);
    const own = Array.from({ length: source.length }, (_, place) => source.imageId(place));
    ids[role] = [...new Set([...(ids[role] ?? []), ...own])].sort((a, b) => a - b);
  }
  return ids;
}
