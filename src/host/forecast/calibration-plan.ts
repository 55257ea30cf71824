import { digestOf } from '../../core/json/canonical-json';
import type { Plan } from '../../core/plan/plan';
import type { PlannedStage, StageWork, TrainingDataUse, TrainParameters } from '../../core/plan/stage';
import { fractionSize } from '../../learning/dataset/select';
import type { HeadSpec } from '../../core/plan/head-spec';
import { forTraining } from '../../core/plan/detector-spec';
import { inferenceKey, type PlanContext, trainWorkload } from '../planning/workload';

/** A stage that is run to be timed, and the workload that it measures. */
export interface Probe {
  readonly stage: PlannedStage;
  /** Key of the workload. */
  readonly key: string;
  readonly kind: 'train' | 'inference' | 'evaluate';
  readonly network: string;
  readonly units: number;
  readonly flopsPerUnit: number;
  /** How it was made smaller; absent where a unit is as in the plan. */
  readonly scaled?: string;
}

/** Only to choose how many steps to time: a slow core's rate. */
const ASSUMED_FLOPS_PER_SECOND = 20e9;
const SECONDS_PER_PROBE = 4;
const [FEWEST_STEPS, MOST_STEPS] = [16, 160] as const;
/** A step that would take longer than this is made smaller first. */
const LONGEST_STEP_SECONDS = 0.6;
/** Images of an inference probe: a few batches. */
const PROBE_IMAGES = 96;
const SMALLEST_SIDE = 128;

/**
 * Short stages that measure the speed of a plan's stages: a few steps of every kind of training, the most expensive
 * first, detecting with each network, and scoring once.
 *
 * @param measured keys of workloads that need not be measured again
 */
export function calibrationProbes(
  plan: Pick<Plan, 'stages'>,
  context: PlanContext,
  measured: ReadonlySet<string>,
): Probe[] {
  const trains = new Map<string, { parameters: TrainParameters; flops: number }>();
  for (const stage of plan.stages) {
    if (stage.kind !== 'train') continue;
    const { key, units, flopsPerUnit } = trainWorkload(stage.parameters);
    if (measured.has(key)) continue;
    const before = trains.get(key)?.flops ?? 0;
    trains.set(key, { parameters: stage.parameters, flops: before + units * flopsPerUnit });
  }
  const labelledUses = plan.stages
    .flatMap((stage) => (stage.kind === 'train' ? stage.parameters.data : []))
    .filter(({ pseudoLabels }) => pseudoLabels === undefined);
  const probes: Probe[] = [];
  for (const [key, { parameters }] of [...trains].sort(([, a], [, b]) => b.flops - a.flops)) {
    probes.push(trainProbe(key, parameters, labelledUses));
  }
  return [...probes, ...inferenceProbes(plan, context, measured, probes)];
}

function trainProbe(key: string, given: TrainParameters, labelledUses: readonly TrainingDataUse[]): Probe {
  const { parameters, scaled } = shrunk(given);
  const { flopsPerUnit, network } = trainWorkload(parameters);
  const enough = (SECONDS_PER_PROBE * ASSUMED_FLOPS_PER_SECOND) / flopsPerUnit;
  const steps = Math.round(Math.min(MOST_STEPS, Math.max(FEWEST_STEPS, enough)) / 4) * 4;
  const work: StageWork = {
    kind: 'train',
    parameters: {
      ...parameters,
      from: undefined,
      schedule: { ...parameters.schedule, steps, logEvery: steps / 4 },
      // There are no pseudo-labels yet: labelled images of the same task replace them.
      data: parameters.data.map(({ pseudoLabels, ...use }) => {
        if (pseudoLabels === undefined) return use;
        const labelled = labelledUses.find(({ head }) => isSameTask(head, use.head));
        return labelled === undefined ? use : { ...use, selection: labelled.selection };
      }),
    },
  };
  return {
    stage: probeStage(work, {}, `train ${key.slice(0, 8)}`),
    key,
    kind: 'train',
    network,
    units: steps,
    flopsPerUnit,
    scaled,
  };
}

function isSameTask(a: HeadSpec, b: HeadSpec): boolean {
  return a.type === b.type && a.categories === b.categories;
}

/** With fewer and smaller images, where a step takes too long: the FLOP rate is about the same. */
function shrunk(given: TrainParameters): { parameters: TrainParameters; scaled?: string } {
  let parameters = given;
  const isLong = () =>
    trainWorkload(parameters).flopsPerUnit > LONGEST_STEP_SECONDS * ASSUMED_FLOPS_PER_SECOND;
  while (isLong()) {
    const { schedule, detector } = parameters;
    if (schedule.microBatch !== undefined) {
      const { microBatch: batch, ...rest } = schedule;
      parameters = { ...parameters, schedule: { ...rest, batch: Math.min(batch, schedule.batch) } };
    } else if (schedule.batch > 2) {
      parameters = { ...parameters, schedule: { ...schedule, batch: Math.ceil(schedule.batch / 2) } };
    } else if (detector.size > SMALLEST_SIDE) {
      const size = Math.max(SMALLEST_SIDE, Math.round(detector.size / 2 / 32) * 32);
      parameters = { ...parameters, detector: { ...detector, size } };
    } else {
      break;
    }
  }
  if (parameters === given) return { parameters };
  return { parameters, scaled: `${parameters.schedule.batch} × ${parameters.detector.size} px` };
}

function inferenceProbes(
  plan: Pick<Plan, 'stages'>,
  context: PlanContext,
  measured: ReadonlySet<string>,
  trains: readonly Probe[],
): Probe[] {
  const probes: Probe[] = [];
  const done = new Set(measured);
  for (const train of trains) {
    if (train.stage.kind !== 'train') continue;
    const { detector, data } = train.stage.parameters;
    const head: HeadSpec | undefined = data.find((use) => use.head.type === 'detection')?.head;
    const detect = plan.stages.find(
      (stage) =>
        stage.kind === 'detect' &&
        // Classes of other detection data are not detected in the plan.
        stage.parameters.head === head?.name &&
        digestOf(forTraining(stage.parameters.detector)) === digestOf(detector),
    );
    if (head === undefined || detect?.kind !== 'detect') continue;
    const key = inferenceKey(detect.parameters.detector, head);
    const all = context.images(detect.parameters.images.role);
    if (done.has(key) || all === undefined) continue;
    done.add(key);
    const images = { ...detect.parameters.images, fraction: Math.min(1, PROBE_IMAGES / all) };
    const work: StageWork = {
      kind: 'detect',
      parameters: { ...detect.parameters, images, head: head.name, from: 'weights' },
    };
    const stage = probeStage(work, { weights: train.stage.key }, 'detect');
    probes.push({
      stage,
      key,
      kind: 'inference',
      network: train.network,
      units: fractionSize(all, images.fraction),
      flopsPerUnit: 0,
    });
    if (!done.has('evaluate')) {
      done.add('evaluate');
      // Evaluation requires the full validation set.
      const truth = detect.parameters.images;
      const scoring: StageWork = { kind: 'evaluate', parameters: { truth, detections: 'detections' } };
      probes.push({
        stage: probeStage(scoring, { detections: stage.key }, 'evaluate'),
        key: 'evaluate',
        kind: 'evaluate',
        network: '',
        units: fractionSize(all, truth.fraction),
        flopsPerUnit: 0,
      });
    }
  }
  return probes;
}

function probeStage(work: StageWork, inputs: Readonly<Record<string, string>>, label: string): PlannedStage {
  const key = digestOf({ probe: work, inputs });
  return { ...work, key, inputs, label, seed: 0 };
}
