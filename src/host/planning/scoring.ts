import type { DataRole, TrainedDetector, Weights } from '../../contract';
import { forInference, forTraining } from '../../core/plan/detector-spec';
import type { PlannedCheckpoint } from '../../core/plan/plan';
import type { PlannedStage, ProbeParameters } from '../../core/plan/stage';
import type { TrialContext } from './trial-context';

/** Keys of the stages that score a detector: detections on the validation set, and their evaluation. */
export interface ScoreKeys {
  readonly detectKey: string;
  readonly evaluateKey: string;
}

/** Images that a probe uses at most, of those for training and of those held out. */
const MOST_PROBED = 20_000;
/** Input side of a linear probe where none of our trainings decides it: that at which ImageNet checkpoints are measured. */
const PROBED_SIZE = 224;

/** @throws RethinkError `PLAN_NOT_A_DETECTOR` for weights without a head for the labelled data */
export function planScoring(context: TrialContext, detector: TrainedDetector): ScoreKeys {
  return scoreStage(context, context.detectorOf(detector, 'the result of plan()').stage);
}

/**
 * Adds detections and evaluation at evenly spaced steps of every training of a detector that a trial depends on. Keys
 * follow from the training stage and the step, so that trials which share a training share its checkpoints.
 *
 * @param count how many, the end included
 * @param evaluateKey of the trial
 */
export function planCheckpoints(
  context: TrialContext,
  count: number,
  evaluateKey: string,
): PlannedCheckpoint[] {
  if (count === 1) return [];
  const { stages } = context.graph;
  return context.graph.lineage(evaluateKey).flatMap((key): PlannedCheckpoint[] => {
    const stage = stages.get(key)!;
    if (!trainsOn(stage, 'labelled')) return [];
    const { steps } = stage.parameters.schedule;
    const checkpointSteps = evenSteps(steps, count);
    stages.set(key, { ...stage, checkpointSteps });
    return [
      ...checkpointSteps.map((step) => ({ training: key, step, steps, ...scoreStage(context, key, step) })),
      { training: key, step: steps, steps, ...scoreStage(context, key) },
    ];
  });
}

/**
 * Adds the measurement of pre-trained weights in their own task, on images that no stage trains on: by their own
 * classifier or detector where they have one, else by a linear classifier on the backbone's features.
 *
 * @returns the stage's key; undefined for weights that were not pre-trained, or without images to measure on
 */
export function planProbe(context: TrialContext, init: Weights): string | undefined {
  const from = context.weightsOf(init, 'init').stage;
  if (from === undefined) return undefined;
  const { measure, role, detector, head } = ownTask(context, context.graph.stages.get(from)!);
  const images = context.data.heldOutOf(role);
  if (images === undefined) return undefined;
  // Of one class, every image is named rightly.
  if (role === 'classification' && context.data.dataOf(role).categories < 2) return undefined;
  const parameters = { measure, detector, images, most: MOST_PROBED, head, from: 'from' };
  return context.graph.add({ kind: 'probe', parameters }, 'probe', { from });
}

function ownTask(
  { setting: { benchmark } }: TrialContext,
  stage: PlannedStage,
): Pick<ProbeParameters, 'measure' | 'detector' | 'head'> & { role: DataRole } {
  const size =
    stage.kind === 'train' ? stage.parameters.detector.size : Math.min(PROBED_SIZE, benchmark.detector.size);
  if (trainsOn(stage, 'otherDetection')) {
    const detector = { ...forInference(benchmark.detector), size };
    return { measure: 'AP', role: 'otherDetection', detector, head: 'otherDetection' };
  }
  const detector = { ...forTraining(benchmark.detector), size };
  return trainsOn(stage, 'classification')
    ? { measure: 'top-1', role: 'classification', detector, head: 'classification' }
    : { measure: 'linear-probe', role: 'classification', detector };
}

function trainsOn(
  stage: PlannedStage,
  role: DataRole,
): stage is Extract<PlannedStage, { readonly kind: 'train' }> {
  return stage.kind === 'train' && stage.parameters.data.some(({ head }) => head.name === role);
}

/** @param step of a training stage whose weights after that step are scored; those of its end by default */
function scoreStage({ graph, data, recipe }: TrialContext, stage: string, step?: number): ScoreKeys {
  const images = data.select('validation', 1);
  const suffix = step === undefined ? '' : ` at ${step}`;
  const detector = recipe.forInference();
  const detectKey = graph.add(
    { kind: 'detect', parameters: { detector, images, head: 'labelled', from: 'from', step } },
    `detect${suffix}`,
    { from: stage },
  );
  const evaluateKey = graph.add(
    { kind: 'evaluate', parameters: { truth: images, detections: 'detections' } },
    `evaluate${suffix}`,
    { detections: detectKey },
  );
  return { detectKey, evaluateKey };
}

/** Evenly spaced steps within a training, its end left out: fewer than `count - 1` where it has few steps. */
function evenSteps(steps: number, count: number): number[] {
  const marks = Array.from({ length: count - 1 }, (_, index) => Math.round(((index + 1) * steps) / count));
  return [...new Set(marks)].filter((step) => step > 0 && step < steps);
}
