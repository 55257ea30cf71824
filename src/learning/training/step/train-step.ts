import { detectionLosses } from '../../detector/losses';
import type { HeadSpec } from '../../../core/plan/head-spec';
import { isDecayed } from '../../detector/layers/parameter';
import { forward, type HeadOutputs } from '../../detector/network';
import type { DetectorSpec } from '../../../core/plan/detector-spec';
import type { NetworkWeights } from '../../detector/weights';
import { RethinkError } from '../../../contract';
import { hostZeros, oneHot, tf } from '../../tensor';
import type { HostTensor, StepContext, StepDefinition } from '../../tensor';
import { softmaxCrossEntropy } from '../../tensor/fused/losses';
import { contrastiveLoss } from './contrastive-loss';
import { momentumContrast, momentumState, queueOf } from './momentum-contrast';
import { lossAverages, normaliseLosses } from './normalise-losses';
import { applyUpdate, optimizerSlots } from './optimise';
import { isFrozenNorm, trainableParameters, withFixed } from './trainable';
import { averagedWeights, moveAverages } from './weight-average';
import { type TrainingPart, type TrainingSetUp } from './training-set-up';

/** Names of the weights that the step's gradients change. */
export function trainableNames({ spec, schedule, parameters }: TrainingSetUp): string[] {
  return trainableParameters(spec, schedule.freeze, parameters).map(({ name }) => name);
}

/** Passes in which a step's images go through the network. @throws `SCHEDULE_MICRO_BATCH` */
export function passesOf({ schedule: { batch, microBatch }, parts }: TrainingSetUp): number {
  if (microBatch === undefined || microBatch >= batch) return 1;
  const passes = batch / microBatch;
  const contrastive = parts.some(({ head }) => head.type === 'contrastive');
  if (contrastive) {
    throw new RethinkError(
      'SCHEDULE_MICRO_BATCH',
      'A contrastive loss compares all images of a step and cannot be computed in several passes.',
      { location: { path: 'schedule.microBatch' }, hint: 'Leave microBatch out, or lower the batch.' },
    );
  }
  const odd = parts.find(({ images: imageCount }) => imageCount % passes !== 0);
  if (Number.isInteger(passes) && odd === undefined) return passes;
  throw new RethinkError(
    'SCHEDULE_MICRO_BATCH',
    `A step of ${odd?.images ?? batch} images cannot be cut into equal passes of microBatch ${microBatch}.`,
    { location: { path: 'schedule.microBatch' }, hint: 'Choose a divisor of batch (and of batch × share).' },
  );
}

/** Input of a pass: the positive anchors that this part has in all passes of the step. */
export const positivesName = (part: number) => `positives.${part}`;

const gradientName = (name: string) => `${name}:gradient`;

/** Everything that a step changes: weights, moving averages, the optimizer's slots. */
export function trainingState(setUp: TrainingSetUp, weights: NetworkWeights): Record<string, HostTensor> {
  const { schedule, parts, normaliseLosses } = setUp;
  const trainable = trainableNames(setUp);
  const sums = trainable.map((name) => [gradientName(name), hostZeros(weights[name]!.shape)] as const);
  return {
    ...weights,
    ...optimizerSlots[schedule.optimizer.type](weights, trainable),
    ...(schedule.emaDecay === undefined ? {} : averagedWeights(weights, trainable)),
    ...(passesOf(setUp) === 1 ? {} : Object.fromEntries(sums)),
    ...momentumState(setUp, weights, trainable),
    ...(normaliseLosses === undefined ? {} : lossAverages(parts.length)),
  };
}

/**
 * A training step. Inputs: `images` [ΣB, side, side, 3], `learningRate`, `updateNumber`, for part i
 * `classTargets.i` int32 [B, N] and `boxTargets.i` [B, N, 4], with soft labels `scores.i` [B, N], or `labels.i` int32 [B]; `branches` [ΣB, blocks] where
 * branches are dropped, `averageDecay` where weights are averaged. Outputs, all scalars: `loss`, for part i `loss.i`,
 * of detection also `classLoss.i`, `boxLoss.i` and `positives.i`; `gradientNorm` where it was asked for or
 * gradients are clipped.
 */
export function trainStep(setUp: TrainingSetUp, { withNorm }: { withNorm: boolean }): StepDefinition {
  return {
    name: withNorm ? 'train-with-norm' : 'train',
    run(context) {
      const { gradients, figures } = lossAndGradients(context, setUp);
      return { ...figures, ...update(context, setUp, gradients, withNorm) };
    },
  };
}

/** A step's forward pass alone, with its losses; inputs are those of the batch, outputs those of `trainStep`. */
export function lossStep(setUp: TrainingSetUp): StepDefinition {
  return {
    name: 'loss',
    run(context) {
      const weights = Object.fromEntries(setUp.parameters.map(({ name }) => [name, context.get(name)]));
      const { loss, auxiliary } = computeLoss(context, setUp, weights);
      return { loss, ...auxiliary };
    },
  };
}

/**
 * One of several passes of a step: its share of the gradients is added up. Inputs and outputs are those of a step, and
 * for a detection part i `positives.i`, those of the whole step.
 */
export function passStep(setUp: TrainingSetUp): StepDefinition {
  return {
    name: 'pass',
    run(context) {
      const { gradients, figures } = lossAndGradients(context, setUp);
      const share = 1 / passesOf(setUp);
      for (const [name, gradient] of Object.entries(gradients)) {
        context.assignAdd(gradientName(name), tf.mul(gradient, share));
      }
      return figures;
    },
  };
}

/** The update after the last pass. Inputs: `learningRate`, `updateNumber`, `averageDecay`; output: `gradientNorm`. */
export function updateStep(setUp: TrainingSetUp): StepDefinition {
  return {
    name: 'update',
    run(context) {
      const names = trainableNames(setUp);
      const gradients = Object.fromEntries(names.map((name) => [name, context.get(gradientName(name))]));
      const outputs = update(context, setUp, gradients, true);
      for (const name of names) context.assign(gradientName(name), tf.zerosLike(gradients[name]!));
      return outputs;
    },
  };
}

function lossAndGradients(
  context: StepContext,
  setUp: TrainingSetUp,
): { figures: Record<string, tf.Tensor>; gradients: Record<string, tf.Tensor> } {
  const trainable = trainableNames(setUp);
  if (queueOf(setUp) !== undefined) return momentumContrast(context, setUp, trainable);
  const { loss, gradients, auxiliary } = context.gradients(trainable, (weights) =>
    computeLoss(context, setUp, withFixed(context, setUp, weights)),
  );
  return { figures: { loss, ...auxiliary }, gradients };
}

function update(
  context: StepContext,
  { schedule, parameters }: TrainingSetUp,
  gradients: Readonly<Record<string, tf.Tensor>>,
  withNorm: boolean,
): Record<string, tf.Tensor> {
  const gradientNorm = applyUpdate(context, schedule, {
    gradients,
    decayed: new Set(parameters.filter(isDecayed).map(({ name }) => name)),
    learningRate: context.inputs.learningRate!,
    updateNumber: context.inputs.updateNumber!,
    withNorm,
  });
  if (schedule.emaDecay !== undefined) {
    moveAverages(context, Object.keys(gradients), context.inputs.averageDecay!);
  }
  return gradientNorm === undefined ? {} : { gradientNorm };
}

function computeLoss(
  context: StepContext,
  setUp: TrainingSetUp,
  parameters: Readonly<Record<string, tf.Tensor>>,
): { loss: tf.Scalar; auxiliary: Record<string, tf.Tensor> } {
  const { spec, schedule } = setUp;
  const passes = passesOf(setUp);
  const parts = setUp.parts.map((part) => ({ ...part, images: part.images / passes }));
  const pass = {
    parameters,
    training: true,
    branches: context.inputs.branches as tf.Tensor2D | undefined,
    isFrozen: (layer: string) => isFrozenNorm(spec, schedule.freeze, layer),
    moved: (name: string, value: tf.Tensor) => context.assign(name, value),
  };
  const outputs = forward(pass, context.inputs.images as tf.Tensor4D, groupsOf(parts), spec);
  const auxiliary: Record<string, tf.Tensor> = {};
  const losses = splitGroups(outputs, parts).map((output, i) => {
    const { loss, ...figures } = partLoss(context, output, i, parts[i]!.head, { spec, passes });
    Object.assign(auxiliary, { [`loss.${i}`]: loss });
    for (const [name, figure] of Object.entries(figures)) auxiliary[`${name}.${i}`] = figure;
    return parts[i]!.weight === 1 ? loss : tf.mul<tf.Scalar>(loss, parts[i]!.weight);
  });
  return { loss: combine(context, losses, setUp), auxiliary };
}

function combine(
  context: StepContext,
  losses: readonly tf.Scalar[],
  { normaliseLosses: normalisation }: TrainingSetUp,
): tf.Scalar {
  if (losses.length === 1) return losses[0]!;
  if (normalisation === undefined) return tf.addN([...losses]);
  const { first } = normalisation;
  const ordered = [losses[first]!, ...losses.filter((_, i) => i !== first)];
  return normaliseLosses(context, ordered, normalisation);
}

/** Neighbouring parts with one head are one group: their images pass it together. */
function groupsOf(parts: readonly TrainingPart[]): { head: HeadSpec; images: number }[] {
  const groups: { head: HeadSpec; images: number }[] = [];
  for (const { head, images: imageCount } of parts) {
    const last = groups.at(-1);
    if (last?.head.name === head.name) last.images += imageCount;
    else groups.push({ head, images: imageCount });
  }
  return groups;
}

function splitGroups(outputs: readonly HeadOutputs[], parts: readonly TrainingPart[]): HeadOutputs[] {
  const groups = groupsOf(parts);
  let group = 0;
  let first = 0;
  return parts.map(({ images: imageCount }) => {
    if (first === groups[group]!.images) {
      group++;
      first = 0;
    }
    const output = outputs[group]!;
    const start = first;
    first += imageCount;
    if (imageCount === groups[group]!.images) return output;
    const own = <T extends tf.Tensor>(rows: T) => tf.slice(rows, [start], [imageCount]);
    switch (output.type) {
      case 'detection':
        return { type: output.type, logits: own(output.logits), boxCodes: own(output.boxCodes) };
      case 'classification':
        return { type: output.type, logits: own(output.logits) };
      case 'contrastive':
        return { type: output.type, projections: own(output.projections) };
    }
  });
}

function partLoss(
  context: StepContext,
  output: HeadOutputs,
  part: number,
  { temperature }: HeadSpec,
  { spec, passes }: { readonly spec: DetectorSpec; readonly passes: number },
): { loss: tf.Scalar } & Record<string, tf.Scalar> {
  switch (output.type) {
    case 'detection': {
      const { total, ...figures } = detectionLosses(
        {
          logits: output.logits,
          boxCodes: output.boxCodes,
          classTargets: context.inputs[`classTargets.${part}`] as tf.Tensor2D,
          boxTargets: context.inputs[`boxTargets.${part}`] as tf.Tensor3D,
          scores: context.inputs[`scores.${part}`] as tf.Tensor2D | undefined,
        },
        spec.loss,
        passes === 1 ? undefined : { positives: context.inputs[positivesName(part)] as tf.Scalar, passes },
      );
      return { loss: total, ...figures };
    }
    case 'classification': {
      const labels = context.inputs[`labels.${part}`] as tf.Tensor1D;
      const hot = oneHot<tf.Tensor2D>(labels, output.logits.shape[1]);
      return { loss: tf.mean(softmaxCrossEntropy(output.logits, hot)) };
    }
    case 'contrastive':
      return { loss: contrastiveLoss(output.projections, temperature) };
  }
}
