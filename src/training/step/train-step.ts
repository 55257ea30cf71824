import { detectionLosses } from '../../detector/losses';
import type { HeadSpec } from '../../detector/heads';
import { isDecayed, isTrainable, type Parameter } from '../../detector/layers/parameter';
import { forward, type HeadOutputs } from '../../detector/network';
import type { DetectorSpec } from '../../detector/spec';
import type { Weights } from '../../detector/weights';
import { tf } from '../../tensor';
import type { HostTensor, StepContext, StepDefinition } from '../../tensor';
import { softmaxCrossEntropy } from '../../tensor/fused/losses';
import type { Schedule } from '../schedule';
import { lossAverages, normaliseLosses, type LossNormalisation } from './normalise-losses';
import { applyUpdate, optimiserSlots } from './optimise';

/** One data set's part in every step. */
export interface TrainingPart {
  readonly head: HeadSpec;
  /** Its pictures in a step. */
  readonly pictures: number;
  /** Of its loss. */
  readonly weight: number;
}

export interface TrainingSetUp {
  readonly spec: DetectorSpec;
  readonly schedule: Schedule;
  /** Detection before classification. */
  readonly parts: readonly TrainingPart[];
  /** Which part's loss the others are scaled to, and how; absent: weighted losses are added. */
  readonly normaliseLosses?: LossNormalisation & { readonly first: number };
  readonly parameters: readonly Parameter[];
}

/** Everything that a step changes: weights, moving averages, the optimiser's slots. */
export function trainingState(setUp: TrainingSetUp, weights: Weights): Record<string, HostTensor> {
  return {
    ...weights,
    ...optimiserSlots(setUp.schedule, weights, trainableNames(setUp.parameters)),
    ...(setUp.normaliseLosses === undefined ? {} : lossAverages(setUp.parts.length)),
  };
}

function trainableNames(parameters: readonly Parameter[]): string[] {
  return parameters.filter(isTrainable).map(({ name }) => name);
}

/**
 * A training step. Inputs: `images` [ΣB, side, side, 3], `learningRate`, `updateNumber`, for part i
 * `classTargets.i` int32 [B, N] and `boxTargets.i` [B, N, 4], or `labels.i` int32 [B]; `branches` [ΣB, blocks] where
 * branches are dropped. Outputs, all scalars: `loss`, for part i `loss.i`, of detection also `classLoss.i`,
 * `boxLoss.i` and `positives.i`; `gradientNorm` where it was asked for or gradients are clipped.
 */
export function trainStep(setUp: TrainingSetUp, { withNorm }: { withNorm: boolean }): StepDefinition {
  const { parameters, schedule } = setUp;
  const trainable = trainableNames(parameters);
  const fixed = parameters.filter((parameter) => !isTrainable(parameter)).map(({ name }) => name);
  const decayed = new Set(parameters.filter(isDecayed).map(({ name }) => name));
  return {
    name: withNorm ? 'train-with-norm' : 'train',
    run(context) {
      const { loss, gradients, auxiliary } = context.gradients(trainable, (weights) => {
        const averages = Object.fromEntries(fixed.map((name) => [name, context.get(name)]));
        return computeLoss(context, setUp, { ...weights, ...averages });
      });
      const gradientNorm = applyUpdate(context, schedule, {
        gradients,
        decayed,
        learningRate: context.inputs.learningRate!,
        updateNumber: context.inputs.updateNumber!,
        withNorm,
      });
      return { loss, ...auxiliary, ...(gradientNorm === undefined ? {} : { gradientNorm }) };
    },
  };
}

function computeLoss(
  context: StepContext,
  setUp: TrainingSetUp,
  parameters: Readonly<Record<string, tf.Tensor>>,
): { loss: tf.Scalar; auxiliary: Record<string, tf.Tensor> } {
  const { spec, parts } = setUp;
  const pass = {
    parameters,
    training: true,
    branches: context.inputs.branches as tf.Tensor2D | undefined,
    moved: (name: string, value: tf.Tensor) => context.assign(name, value),
  };
  const outputs = forward(pass, context.inputs.images as tf.Tensor4D, groupsOf(parts), spec);
  const auxiliary: Record<string, tf.Tensor> = {};
  const losses = splitGroups(outputs, parts).map((output, i) => {
    const { loss, ...figures } = partLoss(context, output, i, spec);
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

/** Neighbouring parts with one head are one group: their pictures pass it together. */
function groupsOf(parts: readonly TrainingPart[]): { head: HeadSpec; pictures: number }[] {
  const groups: { head: HeadSpec; pictures: number }[] = [];
  for (const { head, pictures } of parts) {
    const last = groups.at(-1);
    if (last?.head.name === head.name) last.pictures += pictures;
    else groups.push({ head, pictures });
  }
  return groups;
}

function splitGroups(outputs: readonly HeadOutputs[], parts: readonly TrainingPart[]): HeadOutputs[] {
  const groups = groupsOf(parts);
  let group = 0;
  let first = 0;
  return parts.map(({ pictures }) => {
    if (first === groups[group]!.pictures) {
      group++;
      first = 0;
    }
    const output = outputs[group]!;
    const start = first;
    first += pictures;
    if (pictures === groups[group]!.pictures) return output;
    switch (output.type) {
      case 'detection':
        return {
          type: output.type,
          logits: tf.slice(output.logits, [start], [pictures]),
          boxCodes: tf.slice(output.boxCodes, [start], [pictures]),
        };
      case 'classification':
        return { type: output.type, logits: tf.slice(output.logits, [start], [pictures]) };
    }
  });
}

function partLoss(
  context: StepContext,
  output: HeadOutputs,
  part: number,
  spec: DetectorSpec,
): { loss: tf.Scalar } & Record<string, tf.Scalar> {
  switch (output.type) {
    case 'detection': {
      const { total, ...figures } = detectionLosses(
        {
          logits: output.logits,
          boxCodes: output.boxCodes,
          classTargets: context.inputs[`classTargets.${part}`] as tf.Tensor2D,
          boxTargets: context.inputs[`boxTargets.${part}`] as tf.Tensor3D,
        },
        spec.loss,
      );
      return { loss: total, ...figures };
    }
    case 'classification': {
      const labels = context.inputs[`labels.${part}`] as tf.Tensor1D;
      const hot = tf.cast(tf.oneHot(labels, output.logits.shape[1]), 'float32') as tf.Tensor2D;
      return { loss: tf.mean(softmaxCrossEntropy(output.logits, hot)) };
    }
  }
}
