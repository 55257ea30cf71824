import { digestOf } from '../../core/json/canonical-json';
import {
  type DataSelection,
  type PlannedStage,
  type PseudoLabelParameters,
  type TrainingDataUse,
  type TrainParameters,
  viewsOf,
} from '../../core/plan/stage';
import { fractionSize } from '../../learning/dataset/select';
import type { HeadSpec } from '../../core/plan/head-spec';
import { describeParameters } from '../../learning/detector/architecture';
import type { DetectorSpec } from '../../core/plan/detector-spec';
import { batchOf } from '../../learning/training/inference-batch';
import {
  inferenceFlops,
  parameterCount,
  type StepPart,
  trainStepFlops,
} from '../../learning/training/network-flops';

/** Stages with equal keys compute the same in each unit, so that one measurement holds for all of them. */
export interface Workload {
  /** Network, images of a step and augmentation, or network and kind of inference. */
  readonly key: string;
  readonly kind: 'train' | 'inference' | 'evaluate' | 'checkpoint';
  /** Digest of the detector: workloads of one network compute at about one rate. */
  readonly network: string;
  /** Steps, or images. */
  readonly units: number;
  /** Counted from the architecture alone, multiply-add = 2. */
  readonly flopsPerUnit: number;
  /** Images that pass through the network in total. */
  readonly images: number;
  /** Bytes that the stage writes, at most. */
  readonly bytes: number;
}

/** What a stage's workload follows from, apart from the stage. */
export interface PlanContext {
  /** Stages of the plan by key. */
  readonly stages: ReadonlyMap<string, PlannedStage>;
  /** Images of a role's data set, where it is known. */
  readonly images: (role: string) => number | undefined;
}

/** A detection as JSON: two ids, four numbers, a score. */
const DETECTION_BYTES = 110;
/** Outcome, manifest, loss curve. */
const SMALL_FILES_BYTES = 16_384;

/** `undefined` for a stage whose workload cannot be known beforehand: a custom one, or data of unknown size. */
export function workloadOf(stage: PlannedStage, context: PlanContext): Workload | undefined {
  switch (stage.kind) {
    case 'train':
      return trainWorkload(stage.parameters);
    case 'pseudo-label':
    case 'pseudo-class':
    case 'detect':
      return detectWorkload(stage, headNamed(stage.parameters.head, stage, context), context);
    case 'probe':
      return probeWorkload(stage, context);
    case 'oracle-label':
    case 'evaluate': {
      const { role, fraction } =
        'truth' in stage.parameters ? stage.parameters.truth : stage.parameters.images;
      const all = context.images(role);
      const imageCount = all === undefined ? 1 : fractionSize(all, fraction);
      return withoutNetwork('evaluate', imageCount);
    }
    case 'checkpoint': {
      const bytes = 4 * parameterCount(describeParameters(stage.parameters.detector, []));
      return { ...withoutNetwork('checkpoint', 1), bytes };
    }
    case 'custom':
      return undefined;
  }
}

/** Images of a data set that was not counted. */
const ASSUMED_IMAGES = 1000;
/** Of starting a process, reading and writing. */
const OVERHEAD_EFFORT = 5e9;
/** Of a custom stage: that of a short training. */
const CUSTOM_EFFORT = 1.5e13;
const assumedHead: HeadSpec = { name: 'assumed', type: 'detection', categories: 1 };

/**
 * Expected effort of each of a plan's stages in FLOPs, above 0, for comparing stages: in what order to run them, and what
 * share of a run is done. Seconds follow from it by a measured speed (`Estimator`).
 */
export function effortModel(stages: readonly PlannedStage[]): (stage: PlannedStage) => number {
  const context: PlanContext = {
    stages: new Map(stages.map((stage) => [stage.key, stage])),
    images: () => ASSUMED_IMAGES,
  };
  const efforts = new WeakMap<PlannedStage, number>();
  return (stage) => {
    let effort = efforts.get(stage);
    if (effort === undefined) efforts.set(stage, (effort = effortOf(stage, context)));
    return effort;
  };
}

function effortOf(stage: PlannedStage, context: PlanContext): number {
  if (stage.kind === 'custom') return CUSTOM_EFFORT;
  const workload =
    workloadOf(stage, context) ??
    (isDetecting(stage) ? detectWorkload(stage, assumedHead, context) : undefined);
  return OVERHEAD_EFFORT + (workload === undefined ? 0 : workload.units * workload.flopsPerUnit);
}

type Stage<Kind> = Extract<PlannedStage, { readonly kind: Kind }>;
type DetectingStage = Stage<'detect' | 'pseudo-label' | 'pseudo-class'>;

function isDetecting(stage: PlannedStage): stage is DetectingStage {
  return stage.kind === 'detect' || stage.kind === 'pseudo-label' || stage.kind === 'pseudo-class';
}

function detectWorkload(
  stage: DetectingStage,
  head: HeadSpec | undefined,
  context: PlanContext,
): Workload | undefined {
  const { detector, images } = stage.parameters;
  const all = context.images(images.role);
  if (head === undefined || all === undefined) return undefined;
  const forThreshold = stage.kind === 'pseudo-label' ? thresholdImages(stage.parameters, context) : 0;
  const imageCount = selectedOf(all, images) + forThreshold;
  return {
    ...inferenceWorkload(detector, head, imageCount),
    bytes: SMALL_FILES_BYTES + imageCount * detector.inference.maxDetections * DETECTION_BYTES,
  };
}

function probeWorkload(stage: Stage<'probe'>, context: PlanContext): Workload | undefined {
  const { detector, images, measure, most, head: name } = stage.parameters;
  const all = context.images(images.role);
  if (all === undefined) return undefined;
  const trained = fractionSize(all, images.fraction);
  const heldOut = Math.min(most, all - trained);
  const imageCount = heldOut + (measure === 'linear-probe' ? Math.min(most, trained) : 0);
  return inferenceWorkload(detector, headNamed(name ?? '', stage, context) ?? linearHead, imageCount);
}

/** Stands for the linear classifier of a probe, whose FLOPs are negligible. */
const linearHead: HeadSpec = { name: 'probe', type: 'classification', categories: 1 };

function inferenceWorkload(detector: DetectorSpec, head: HeadSpec, imageCount: number): Workload {
  const batch = batchOf(detector, imageCount);
  // The last batch is filled up.
  const computed = Math.ceil(imageCount / batch) * batch;
  const { key, network, flops } = once(detector, `inference ${JSON.stringify(head)}`, () => ({
    key: inferenceKey(detector, head),
    network: digestOf(detector),
    flops: inferenceFlops(detector, head),
  }));
  return {
    key,
    kind: 'inference',
    network,
    units: imageCount,
    flopsPerUnit: (flops * computed) / imageCount,
    images: imageCount,
    bytes: SMALL_FILES_BYTES,
  };
}

function withoutNetwork(kind: 'evaluate' | 'checkpoint', units: number): Workload {
  return { key: kind, kind, network: '', units, flopsPerUnit: 0, images: 0, bytes: 2 * SMALL_FILES_BYTES };
}

/** Images of a data set in a selection. */
function selectedOf(all: number, { fraction, rest, after }: DataSelection): number {
  const first = fractionSize(all, fraction);
  if (rest === true) return all - first;
  return after === undefined ? first : first - fractionSize(all, after);
}

/** Images on which a score threshold is chosen. */
function thresholdImages({ scoreThreshold }: PseudoLabelParameters, { images }: PlanContext): number {
  if (typeof scoreThreshold === 'number') return 0;
  return selectedOf(images(scoreThreshold.images.role) ?? 0, scoreThreshold.images);
}

/** Stages of a plan share their detector object: what follows from it is computed once. */
const byDetector = new WeakMap<DetectorSpec, Map<string, unknown>>();

function once<T>(detector: DetectorSpec, name: string, make: () => T): T {
  let cached = byDetector.get(detector);
  if (cached === undefined) byDetector.set(detector, (cached = new Map<string, unknown>()));
  if (!cached.has(name)) cached.set(name, make());
  return cached.get(name) as T;
}

export function trainWorkload(parameters: TrainParameters): Workload {
  const { schedule, data, augmentation, normaliseLosses } = parameters;
  const uses = data.map(({ selection, head, share }) => ({ role: selection.role, head, share }));
  const name = `train ${JSON.stringify({ schedule, uses, augmentation, normalised: normaliseLosses !== undefined })}`;
  return once(parameters.detector, name, () => makeTrainWorkload(parameters));
}

function makeTrainWorkload(parameters: TrainParameters): Workload {
  const { detector, schedule, data, augmentation, normaliseLosses } = parameters;
  const parts = partsOf(parameters);
  const heads = [...new Map(parts.map(({ head }) => [head.name, head])).values()];
  const { steps, batch, microBatch, optimizer, weightDecay, clipNorm, emaDecay, freeze } = schedule;
  return {
    key: digestOf({
      kind: 'train',
      detector,
      // Number of steps, learning rate and initial weights do not affect the cost of a step.
      schedule: { batch, microBatch, optimizer, weightDecay, clipNorm, emaDecay, freeze },
      data: data.map(({ selection, head, share }) => ({ role: selection.role, head, share })),
      augmentation,
      normalised: normaliseLosses !== undefined,
    }),
    kind: 'train',
    network: digestOf(detector),
    units: steps,
    flopsPerUnit: trainStepFlops(detector, schedule, parts).total,
    images: steps * parts.reduce((sum, { images: imageCount }) => sum + imageCount, 0),
    bytes: SMALL_FILES_BYTES + 4 * parameterCount(describeParameters(detector, heads)),
  };
}

/** The data sets of a training step with their images (`openTrainingData`). */
export function partsOf({ schedule, data }: TrainParameters): StepPart[] {
  return data.map((use) => ({ head: use.head, images: imagesOf(use, schedule.batch) }));
}

function imagesOf({ share, head }: TrainingDataUse, batch: number): number {
  return Math.max(1, Math.round(batch * share)) * viewsOf(head.type);
}

export function inferenceKey(detector: DetectorSpec, { type, categories }: HeadSpec): string {
  return digestOf({ kind: 'inference', detector, head: { type, categories } });
}

/** The head of that name, as the training stage before this one (or one before that) made it. */
function headNamed(
  name: string,
  stage: Extract<PlannedStage, { parameters: { from: string } }>,
  { stages }: PlanContext,
): HeadSpec | undefined {
  let at = stages.get(stage.inputs[stage.parameters.from] ?? '');
  while (at !== undefined && at.kind === 'train') {
    const use = at.parameters.data.find(({ head }) => head.name === name);
    if (use !== undefined) return use.head;
    at = at.parameters.from === undefined ? undefined : stages.get(at.inputs[at.parameters.from] ?? '');
  }
  return undefined;
}
