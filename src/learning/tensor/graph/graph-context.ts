import { RethinkError } from '../../../contract/errors';
import { takeGradients } from '../gradients';
import { adamDefaults, adamFirstSlot, adamSecondSlot, momentumSlot } from '../optimizer';
import { type AdamOptions, type MomentumOptions, type StepContext, type TakeGradients } from '../step';
import { currentPhase } from '../phase';
import { checkSameForm, unknownName } from '../step-checks';
import { tf } from '../tf';
import { typeAttribute } from './node';
import { type Recorder } from './recorder';
import { type VariableSpec } from './variables';

/** How far a step has come with one variable. */
interface VariableUse {
  /** An example of its present value, once it was read or assigned. */
  tensor?: tf.Tensor;
  /** Nodes that read the present value: writes wait for them. */
  readers: string[];
  /** The last write: reads wait for it. */
  writer?: string;
}

/** The state as a step sees it while it is recorded: reads and writes become nodes, in the order of the step. */
export class GraphContext implements StepContext {
  private readonly uses = new Map<string, VariableUse>();
  private readonly powers = new Map<string, tf.Tensor>();

  constructor(
    readonly inputs: Readonly<Record<string, tf.Tensor>>,
    private readonly recorder: Recorder,
    private readonly variables: ReadonlyMap<string, VariableSpec>,
  ) {}

  readonly get = (name: string): tf.Tensor => {
    const { dtype, shape, handle } = this.variable(name);
    const use = this.use(name);
    if (use.tensor !== undefined) return use.tensor;
    const node = this.recorder.add({
      name: this.recorder.newName('ReadVariableOp'),
      op: 'ReadVariableOp',
      inputs: [handle, ...after(use.writer)],
      attributes: { dtype: typeAttribute(dtype) },
    });
    use.readers.push(node);
    // Only its shape counts here: values are in the session.
    use.tensor = tf.keep(tf.zeros([...shape], dtype));
    this.recorder.declare(use.tensor, node);
    return use.tensor;
  };

  readonly assign = (name: string, value: tf.Tensor): void => {
    const spec = this.variable(name);
    checkSameForm(name, spec, value);
    this.write('AssignVariableOp', [name], [this.recorder.sourceOf(value)], {
      dtype: typeAttribute(spec.dtype),
    });
    this.use(name).tensor = tf.keep(value.clone());
  };

  readonly assignAdd = (name: string, value: tf.Tensor): void => {
    const { dtype } = this.variable(name);
    this.write('AssignAddVariableOp', [name], [this.recorder.sourceOf(value)], {
      dtype: typeAttribute(dtype),
    });
    this.count('AssignAddVariableOp', {}, [[], value.shape]);
  };

  readonly gradients: TakeGradients = (names, f) =>
    takeGradients(Object.fromEntries(names.map((name) => [name, this.get(name)])), f);

  readonly applyMomentum = (name: string, gradient: tf.Tensor, options: MomentumOptions): void => {
    const { learningRate, momentum, nesterov = false } = options;
    this.update(
      'ResourceApplyMomentum',
      [name, momentumSlot(name)],
      gradient,
      [learningRate, gradient, tf.scalar(momentum)],
      {
        use_nesterov: nesterov,
      },
    );
  };

  readonly applyAdam = (name: string, gradient: tf.Tensor, options: AdamOptions): void => {
    const { beta1, beta2, epsilon } = { ...adamDefaults, ...options };
    const { learningRate, updateNumber } = options;
    this.update(
      'ResourceApplyAdam',
      [name, adamFirstSlot(name), adamSecondSlot(name)],
      gradient,
      [
        this.power(beta1, updateNumber),
        this.power(beta2, updateNumber),
        learningRate,
        tf.scalar(beta1),
        tf.scalar(beta2),
        tf.scalar(epsilon),
        gradient,
      ],
      {},
    );
  };

  /** The last write of each variable that was written. */
  writers(): string[] {
    return [...this.uses.values()].flatMap(({ writer }) => (writer === undefined ? [] : [writer]));
  }

  dispose(): void {
    for (const { tensor } of this.uses.values()) tensor?.dispose();
    for (const tensor of this.powers.values()) tensor.dispose();
  }

  private update(
    op: string,
    names: readonly string[],
    gradient: tf.Tensor,
    tensors: readonly tf.Tensor[],
    flags: Record<string, boolean>,
  ): void {
    for (const name of names) {
      const { shape } = this.variable(name);
      if (shape.join() !== gradient.shape.join()) {
        throw new RethinkError(
          'TENSOR_SHAPE',
          `State “${name}” is [${shape.join(', ')}], but its gradient [${gradient.shape.join(', ')}].`,
        );
      }
    }
    const inputs = tensors.map((tensor) => this.recorder.sourceOf(tensor));
    const attributes = Object.entries(flags).map(([name, value]) => [name, { kind: 'bool', value }] as const);
    this.write(op, names, inputs, { T: typeAttribute('float32'), ...Object.fromEntries(attributes) });
    this.count(op, flags, [...names.map(() => []), ...tensors.map(({ shape }) => shape)]);
  }

  /** A node that changes variables, after everything that reads their present values. */
  private write(
    op: string,
    names: readonly string[],
    inputs: readonly string[],
    attributes: Parameters<Recorder['add']>[0]['attributes'],
  ): void {
    const uses = names.map((name) => this.use(name));
    const before = uses.flatMap(({ readers, writer }) => [...readers.flatMap(after), ...after(writer)]);
    const handles = names.map((name) => this.variable(name).handle);
    const node = this.recorder.add({
      name: this.recorder.newName(op),
      op,
      inputs: [...handles, ...inputs, ...new Set(before)],
      attributes,
    });
    for (const use of uses) {
      use.tensor?.dispose();
      use.tensor = undefined;
      use.readers = [];
      use.writer = node;
    }
  }

  private count(op: string, attributes: Record<string, unknown>, inputs: (readonly number[])[]): void {
    this.recorder.calls.push({ op, attributes, inputs, outputs: [], phase: currentPhase() });
  }

  private power(beta: number, updateNumber: tf.Tensor): tf.Tensor {
    const key = `${beta} ${updateNumber.id}`;
    const known = this.powers.get(key);
    if (known !== undefined) return known;
    const power = tf.keep(tf.tidy(() => tf.pow(tf.scalar(beta), updateNumber)));
    this.powers.set(key, power);
    return power;
  }

  private variable(name: string): VariableSpec {
    const variable = this.variables.get(name);
    if (variable === undefined) throw unknownName(name, [...this.variables.keys()]);
    return variable;
  }

  private use(name: string): VariableUse {
    let use = this.uses.get(name);
    if (use === undefined) {
      use = { readers: [] };
      this.uses.set(name, use);
    }
    return use;
  }
}

function after(node: string | undefined): string[] {
  return node === undefined ? [] : [`^${node}`];
}
