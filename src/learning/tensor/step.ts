import { type tf } from './tf';
import { type FlopCount } from './flops/flops';
import { type HostTensor } from './host-tensor';

/** What a step works with while it runs. All of it is tensors; nothing may be read back inside. */
export interface StepContext {
  /** The declared inputs: the batch, and scalars such as the learning rate (shape `[]`). */
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  /** The state's value, as changed so far in this step. Never dispose it. */
  readonly get: (name: string) => tf.Tensor;
  /** Replaces a value of the state; shape and dtype stay. May be called inside `gradients` (moving averages). */
  readonly assign: (name: string, value: tf.Tensor) => void;
  readonly assignAdd: (name: string, value: tf.Tensor) => void;
  /** Loss, its gradients by the named entries of the state, and whatever else `f` returns. */
  readonly gradients: TakeGradients;
  /** v ← momentum·v + g; w ← w − rate·v (Nesterov: w ← w − rate·(g + momentum·v)). Needs `momentumSlots`. */
  readonly applyMomentum: (name: string, gradient: tf.Tensor, options: MomentumOptions) => void;
  /** Adam (Kingma and Ba 2015, with ε outside of the bias correction, as in TensorFlow). Needs `adamSlots`. */
  readonly applyAdam: (name: string, gradient: tf.Tensor, options: AdamOptions) => void;
}

export type TakeGradients = <A extends Record<string, tf.Tensor>>(
  names: readonly string[],
  f: (weights: Readonly<Record<string, tf.Tensor>>) => { loss: tf.Tensor; auxiliary: A },
) => { loss: tf.Scalar; auxiliary: A; gradients: Record<string, tf.Tensor> };

export interface MomentumOptions {
  /** Scalar tensor. */
  readonly learningRate: tf.Tensor;
  readonly momentum: number;
  readonly nesterov?: boolean;
}

export interface AdamOptions {
  /** Scalar tensor. */
  readonly learningRate: tf.Tensor;
  /** Scalar tensor, float32: 1 for the first update. */
  readonly updateNumber: tf.Tensor;
  /** @default 0.9 */
  readonly beta1?: number;
  /** @default 0.999 */
  readonly beta2?: number;
  /** @default 1e-8 */
  readonly epsilon?: number;
}

export interface StepDefinition {
  /** Shown in errors; letters, digits and `-`. */
  readonly name: string;
  /**
   * A pure function of state and inputs, written once for all backends. It runs once for each new set of input
   * shapes where it is compiled, and every time elsewhere: so it reads nothing back, uses no random number, and
   * touches no tensor made outside of it.
   */
  run(context: StepContext): Record<string, tf.Tensor>;
}

/** By name: a host tensor, or a number for a float32 scalar. */
export type StepInputs = Readonly<Record<string, HostTensor | number>>;

export interface Step {
  readonly name: string;
  /** Runs the step once; returns the outputs of its definition. One call at a time for each state. */
  run(inputs: StepInputs): Promise<Record<string, HostTensor>>;
  /** FLOPs of one run with inputs of these shapes and dtypes (their values do not matter); compiles if need be. */
  flops(inputs: StepInputs): Promise<FlopCount>;
  dispose(): void;
}
