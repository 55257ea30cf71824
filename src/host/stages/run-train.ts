import { join } from 'node:path';
import { roleOf, type TrainParameters } from '../../core/plan/stage';
import { describeParameters } from '../../learning/detector/architecture';
import type { Parameter } from '../../learning/detector/layers/parameter';
import type { NetworkWeights } from '../../learning/detector/weights';
import { artifactFiles, type StageJob, type StageServices } from '../../core/plan/stage-job';
import type { StageOutcome } from '../../core/plan/outcome-schema';
import { useBackend } from '../../learning/tensor';
import type { InputFeed } from '../../learning/training/input/feed';
import { createInputFeed } from '../../learning/training/input/input-feed';
import type { InputPlan } from '../../learning/training/input/input-plan';
import { countInputThreads } from '../../learning/training/input/count-threads';
import { parameterCount } from '../../learning/training/network-flops';
import { handOverCheckpoints } from '../../learning/training/run-checkpoints';
import { TrainingSession, writeCurve } from '../../learning/training/session';
import type { TrainingSetUp } from '../../learning/training/step/training-set-up';
import {
  readWeights,
  writeWeights,
  type TrainedHead,
  type WeightsFile,
} from '../../learning/training/weights-file';
import { augmentationUse, inputFile, openTrainingUse } from './job-data';
import { openTrainingData, planInputs, type OpenedData } from './training-data';

/** Trains a network by the stage's parameters; leaves weights and loss curve. */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { stage, resumeFolder, outputFolder } = job;
  if (stage.kind !== 'train') throw new TypeError(`not a training stage: ${stage.kind}`);
  const { parameters: request, checkpointSteps } = stage;
  await useBackend(job.backend, { threads: job.threads });
  const data = await openTrainingData({
    uses: request.data,
    batch: request.schedule.batch,
    open: (use) => openTrainingUse(job, use),
  });
  const heads = headsOf(data);
  const setUp = setUpOf(request, data, heads);
  const { from } = request;
  const input =
    from === undefined ? undefined : await readWeights(inputFile(job, from, artifactFiles.weights));
  const others = carriedAlong(input, setUp.parameters, heads);
  const save = (file: string, weights: NetworkWeights) =>
    writeWeights(file, setUp.parameters, weights, heads, others);
  const session = await TrainingSession.open({
    setUp,
    seed: stage.seed,
    stageKey: stage.key,
    resumeFolder,
    from: input?.tensors,
    logger: services.logger,
    signal: services.signal,
    checkpointSteps,
    writeCheckpoint: save,
    onStep: (done, figures) =>
      services.progress({ done, total: setUp.schedule.steps, unit: 'step', figures }),
  });
  const use = request.augmentation && augmentationUse(job, request.augmentation);
  const feed = openFeed(job, services, session, planInputs(data, setUp.spec, stage.seed, use));
  try {
    while (session.steps < setUp.schedule.steps) await session.train(await feed.next());
  } finally {
    await feed.close();
  }
  const { progress } = session;
  services.logger.info('inputs prepared', {
    threads: feed.threads,
    busySeconds: feed.busySeconds,
    waitSeconds: progress.secondsByPhase['data'],
  });
  await save(join(outputFolder, artifactFiles.weights), await session.weights());
  await writeCurve(outputFolder, progress.curve);
  await handOverCheckpoints(resumeFolder, outputFolder, progress.checkpoints);
  session.dispose();
  return outcomeOf(session, data, feed);
}

function setUpOf(
  { detector: spec, schedule, normaliseLosses }: TrainParameters,
  data: readonly OpenedData[],
  heads: readonly TrainedHead[],
): TrainingSetUp {
  return {
    spec,
    schedule,
    parts: data.map(({ part }) => part),
    normaliseLosses: normaliseLosses && {
      ...normaliseLosses,
      first: data.findIndex(({ index }) => index === 0),
    },
    parameters: describeParameters(spec, heads),
  };
}

function openFeed(
  job: StageJob,
  { logger, fileAccess }: StageServices,
  { steps: firstStep, setUp }: TrainingSession,
  plan: InputPlan,
): InputFeed {
  const { steps } = setUp.schedule;
  return createInputFeed({
    plan,
    logger,
    watch: fileAccess,
    firstStep,
    steps,
    threads: job.inputThreads ?? countInputThreads(plan, steps - firstStep, job.cores ?? 1),
  });
}

function outcomeOf(
  { progress, flopsPerStep, setUp, images, earlierSeconds }: TrainingSession,
  data: readonly OpenedData[],
  { threads }: InputFeed,
): StageOutcome {
  const { step: steps, deviceSeconds, secondsByPhase, curve } = progress;
  const { flops, byPhase, unknown } = flopsPerStep!;
  return {
    ledger: {
      flops: flops * steps,
      flopsByPhase: Object.fromEntries(
        Object.entries(byPhase).map(([phase, count]) => [phase, count * steps]),
      ),
      unknownKernels: Object.fromEntries(unknown.map((kernel) => [kernel, steps])),
      deviceSeconds,
      secondsByPhase,
      imagesSeen: images * steps,
    },
    imageIds: imageIdsByRole(data),
    summary: {
      steps,
      finalLoss: curve.at(-1)!.loss,
      parameters: parameterCount(setUp.parameters),
      stepMs: (1000 * deviceSeconds) / steps,
      inputThreads: threads,
    },
    resumedSeconds: earlierSeconds,
  };
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

/** Pyramid and heads of the input that this stage does not train are copied unchanged: a detector stays one. */
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
    const own = Array.from({ length: source.length }, (_, index) => source.imageId(index));
    ids[role] = [...new Set([...(ids[role] ?? []), ...own])].sort((a, b) => a - b);
  }
  return ids;
}
