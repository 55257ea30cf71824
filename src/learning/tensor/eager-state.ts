import { type FlopCount } from './flops/flops';
import { countEagerFlops } from './eager-flops';
import { takeGradients } from './gradients';
import {
  checkHostTensor,
  type DType,
  type HostTensor,
  type HostTensors,
  type HostValues,
} from './host-tensor';
import { adamFirstSlot, adamSecondSlot, adamUpdate, momentumSlot, momentumUpdate } from './optimizer';
import { type State } from './state';
import {
  type AdamOptions,
  type MomentumOptions,
  type Step,
  type StepContext,
  type StepDefinition,
  type StepInputs,
  type TakeGradients,
} from './step';
import { checkInputs, checkSameForm, unknownName } from './step-checks';
import { tf } from './tf';
import { upload } from './upload';
import { checkWebGpu } from './webgpu/load';

/** State as TensorFlow.js tensors; steps run op by op. The reference for the compiled one, and for other backends. */
export class EagerState implements State {
  readonly names: readonly string[];
  private readonly tensors = new Map<string, tf.Tensor>();

  constructor(initial: HostTensors) {
    this.names = Object.keys(initial);
    for (const [name, tensor] of Object.entries(initial)) this.tensors.set(name, tf.keep(upload(tensor)));
  }

  shape(name: string): readonly number[] {
    return this.tensor(name).shape;
  }

  async read(names: readonly string[] = this.names): Promise<Record<string, HostTensor>> {
    return downloadAll(Object.fromEntries(names.map((name) => [name, this.tensor(name)])));
  }

  write(values: HostTensors): Promise<void> {
    return Promise.resolve().then(() => {
      for (const [name, value] of Object.entries(values)) {
        checkHostTensor(name, value);
        checkSameForm(name, this.tensor(name), value);
      }
      for (const [name, value] of Object.entries(values)) this.replace(name, tf.keep(upload(value)));
    });
  }

  createStep(definition: StepDefinition): Step {
    return new EagerStep(this, definition);
  }

  dispose(): void {
    for (const tensor of this.tensors.values()) tensor.dispose();
    this.tensors.clear();
  }

  tensor(name: string): tf.Tensor {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw unknownName(name, this.names);
    return tensor;
  }

  /** @param value protected by tf.keep */
  replace(name: string, value: tf.Tensor): void {
    this.tensor(name).dispose();
    this.tensors.set(name, value);
  }
}

class EagerStep implements Step {
  readonly name: string;

  constructor(
    private readonly state: EagerState,
    private readonly definition: StepDefinition,
  ) {
    this.name = definition.name;
  }

  async run(inputs: StepInputs): Promise<Record<string, HostTensor>> {
    const outputs = this.compute(inputs, true);
    try {
      const values = await downloadAll(outputs);
      checkWebGpu();
      return values;
    } finally {
      tf.dispose(outputs);
    }
  }

  flops(inputs: StepInputs): Promise<FlopCount> {
    return Promise.resolve(
      countEagerFlops(() => {
        tf.dispose(this.compute(inputs, false));
      }),
    );
  }

  private compute(inputs: StepInputs, commit: boolean): Record<string, tf.Tensor> {
    const checked = checkInputs(this.name, inputs);
    const context = new EagerContext(this.state);
    try {
      return tf.tidy(() => {
        context.inputs = Object.fromEntries(
          Object.entries(checked).map(([name, tensor]) => [name, upload(tensor)]),
        );
        const outputs = this.definition.run(context);
        if (commit) context.commit();
        return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.clone()]));
      });
    } finally {
      context.drop();
    }
  }

  dispose(): void {
    // The state holds the tensors.
  }
}

class EagerContext implements StepContext {
  inputs: Record<string, tf.Tensor> = {};
  private readonly changed = new Map<string, tf.Tensor>();

  constructor(private readonly state: EagerState) {}

  readonly get = (name: string): tf.Tensor => this.changed.get(name) ?? this.state.tensor(name);

  readonly assign = (name: string, value: tf.Tensor): void => {
    checkSameForm(name, this.state.tensor(name), value);
    // A tidy of the forward pass would dispose it.
    const kept = tf.keep(value.clone());
    this.changed.get(name)?.dispose();
    this.changed.set(name, kept);
  };

  readonly assignAdd = (name: string, value: tf.Tensor): void =>
    this.assign(name, tf.add(this.get(name), value));

  readonly gradients: TakeGradients = (names, f) =>
    takeGradients(Object.fromEntries(names.map((name) => [name, this.get(name)])), f);

  readonly applyMomentum = (name: string, gradient: tf.Tensor, options: MomentumOptions): void =>
    tf.tidy(() => {
      const next = momentumUpdate(this.get(name), this.get(momentumSlot(name)), gradient, options);
      this.assign(name, next.weight);
      this.assign(momentumSlot(name), next.slot);
    });

  readonly applyAdam = (name: string, gradient: tf.Tensor, options: AdamOptions): void =>
    tf.tidy(() => {
      const slots = { m: this.get(adamFirstSlot(name)), v: this.get(adamSecondSlot(name)) };
      const next = adamUpdate(this.get(name), slots, gradient, options);
      this.assign(name, next.weight);
      this.assign(adamFirstSlot(name), next.m);
      this.assign(adamSecondSlot(name), next.v);
    });

  commit(): void {
    for (const [name, tensor] of this.changed) this.state.replace(name, tensor);
    this.changed.clear();
  }

  drop(): void {
    for (const tensor of this.changed.values()) tensor.dispose();
    this.changed.clear();
  }
}

async function downloadAll(tensors: Record<string, tf.Tensor>): Promise<Record<string, HostTensor>> {
  const entries = Object.entries(tensors).map(async ([name, tensor]) => {
    const values: HostValues = await tensor.data();
    return [
      name,
      { dtype: tensor.dtype as DType, shape: [...tensor.shape], values: values.slice() },
    ] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
