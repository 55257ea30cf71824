import { stageOf } from '../../detector/backbones/stage-of';
import { isTrainable, type Parameter } from '../../detector/layers/parameter';
import type { DetectorSpec } from '../../../core/plan/detector-spec';
import type { Schedule } from '../../../core/plan/schedule';
import type { StepContext, tf } from '../../tensor';
import type { TrainingSetUp } from './training-set-up';

type Freeze = Schedule['freeze'];

/** Whether a layer of the backbone stays as it is: its stage is frozen. */
function isFrozenStage({ backbone }: DetectorSpec, freeze: Freeze, name: string): boolean {
  const stage = stageOf(backbone, name);
  return stage !== undefined && stage <= (freeze?.stages ?? 0);
}

/** Whether a batch norm layer uses its averages in training and leaves them alone. */
export function isFrozenNorm(spec: DetectorSpec, freeze: Freeze, layer: string): boolean {
  if (isFrozenStage(spec, freeze, layer)) return true;
  return freeze?.batchNorm === true && stageOf(spec.backbone, layer) !== undefined;
}

/** Parameters that gradients change: scale and offset of a frozen batch norm are as fixed as its averages. */
export function trainableParameters(
  spec: DetectorSpec,
  freeze: Freeze,
  parameters: readonly Parameter[],
): Parameter[] {
  return parameters.filter((parameter) => {
    const { name, kind } = parameter;
    if (!isTrainable(parameter) || isFrozenStage(spec, freeze, name)) return false;
    return !((kind === 'scale' || kind === 'offset') && isFrozenNorm(spec, freeze, name));
  });
}

/** The weights that a step trains, and the other parameters of the network as the state has them. */
export function withFixed(
  { get }: StepContext,
  { parameters }: TrainingSetUp,
  weights: Readonly<Record<string, tf.Tensor>>,
): Record<string, tf.Tensor> {
  return Object.fromEntries(parameters.map(({ name }) => [name, weights[name] ?? get(name)]));
}
