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
import type { HeadSpec } from '../../learning/detector/heads';
import { describeParameters } from '../../learning/detector/architecture';
import type { DetectorSpec } from '../../core/plan/detector-spec';
import { batchOf } from '../../learning/training/inference-batch';
import {
  inferenceFlops,
  parameterCount,
  type StepPart,
  trainStepFlops,
} from '../../learning/training/network-flops';

/** Stages with equal keys do the same in each unit, so that one measurement speaks for all of them. */
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
  /** Images that go through the network in all. */
  readonly images: number;
  /** Bytes that the stage leaves, at most. */
  readonly bytes: number;
}

/** What a stage's forecast rests on beside the stage. */
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

/** `undefined` for a stage of which nothing can be known beforehand: a plugin's own, or data of unknown size. */
export function workloadOf(stage: PlannedStage, context: PlanContext): Workload | undefined {
  switch (stage.kind) {
    case 'train':
      return trainWorkload(stage.parameters);
    case 'pseudo-label':
    case 'pseudo-class':
    case 'detect': {
      const { detector, images } = stage.parameters;
      const head = headOf(stage, context);
      const all = context.images(images.role);
      if (head === undefined || all === undefined) return undefined;
      const imageCount =
        chosen(all, images) + (stage.kind === 'pseudo-label' ? judgedImages(stage.parameters, context) : 0);
      const batch = batchOf(detector, imageCount);
      // The last batch is filled up.
      const passed = Math.ceil(imageCount / batch) * batch;
      const { key, network, flops } = inferenceFacts(detector, head);
      return {
        key,
        kind: 'inference',
        network,
        units: imageCount,
        flopsPerUnit: (flops * passed) / imageCount,
        images: imageCount,
        bytes: SMALL_FILES_BYTES + imageCount * detector.inference.maxDetections * DETECTION_BYTES,
      };
    }
    case 'probe': {
      const { detector, images, measure, most, head: name } = stage.parameters;
      const all = context.images(images.role);
      if (all === undefined) return undefined;
      const trained = fractionSize(all, images.fraction);
      const heldOut = Math.min(most, all - trained);
      const imageCount = heldOut + (measure === 'linear-probe' ? Math.min(most, trained) : 0);
      const head = headNamed(name ?? '', stage, context) ?? linearHead;
      const batch = batchOf(detector, imageCount);
      return {
        key: inferenceKey(detector, head),
        kind: 'inference',
        network: digestOf(detector),
        units: imageCount,
        flopsPerUnit: (inferenceFlops(detector, head) * Math.ceil(imageCount / batch) * batch) / imageCount,
        images: imageCount,
        bytes: SMALL_FILES_BYTES,
      };
    }
    case 'evaluate': {
      const all = context.images(stage.parameters.truth.role);
      const imageCount = all === undefined ? 1 : fractionSize(all, stage.parameters.truth.fraction);
      return plain('evaluate', imageCount);
    }
    case 'checkpoint': {
      const bytes = 4 * parameterCount(describeParameters(stage.parameters.detector, []));
      return { ...plain('checkpoint', 1), bytes };
    }
    default:
      // A plugin's own stage, or a kind that nothing is measured of.
      return undefined;
  }
}

/** How many of a data set's images a selection has. */
function chosen(all: number, { fraction, rest, after }: DataSelection): number {
  const first = fractionSize(all, fraction);
  if (rest === true) return all - first;
  return after === undefined ? first : first - fractionSize(all, after);
}

/** Images on which a score threshold is chosen. */
function judgedImages(
  { scoreThreshold }: PseudoLabelParameters,
  { images: imageCountOf }: PlanContext,
): number {
  if (typeof scoreThreshold === 'number') return 0;
  return chosen(imageCountOf(scoreThreshold.images.role) ?? 0, scoreThreshold.images);
}

/** Stands for the linear classifier of a probe, whose own arithmetic is next to nothing. */
const linearHead: HeadSpec = { name: 'probe', type: 'classification', categories: 1 };

function plain(kind: 'evaluate' | 'checkpoint', units: number): Workload {
  return { key: kind, kind, network: '', units, flopsPerUnit: 0, images: 0, bytes: 2 * SMALL_FILES_BYTES };
}

/** Stages of one plan share their detector's very object: what follows from it is found out once. */
const byDetector = new WeakMap<DetectorSpec, Map<string, unknown>>();

function once<T>(detector: DetectorSpec, name: string, make: () => T): T {
  let known = byDetector.get(detector);
  if (known === undefined) byDetector.set(detector, (known = new Map<string, unknown>()));
  if (!known.has(name)) known.set(name, make());
  return known.get(name) as T;
}

function inferenceFacts(detector: DetectorSpec, head: HeadSpec) {
  return once(detector, `inference ${JSON.stringify(head)}`, () => ({
    key: inferenceKey(detector, head),
    network: digestOf(detector),
    flops: inferenceFlops(detector, head),
  }));
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
  const { steps, batch, microBatch, optimizer, weightDecay, clipNorm, weightAverage, freeze } = schedule;
  return {
    key: digestOf({
      kind: 'train',
      detector,
      // How long, how fast and from where decides no step's cost.
      schedule: { batch, microBatch, optimizer, weightDecay, clipNorm, weightAverage, freeze },
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

/** The head that an inference stage uses, as the training stage before it (or one before that) made it. */
export function headOf(stage: PlannedStage, context: PlanContext): HeadSpec | undefined {
  if (stage.kind !== 'detect' && stage.kind !== 'pseudo-label' && stage.kind !== 'pseudo-class') {
    return undefined;
  }
  return headNamed(stage.parameters.head, stage, context);
}

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
