import { type NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import { type TFEOpAttr, type TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import { RethinkError } from '../../../contract/errors';
import { type KernelCall, type Shape } from '../flops/flops';
import { type HostTensor, type HostValues } from '../host-tensor';
import { kernelCalls, type NativeInternals, withReplaced } from '../native/record';
import { type tf } from '../tf';
import { constantKey, constantNodes } from './constants';
import { LowPrecision, type Precision } from './mixed-precision';
import { dtypeOfNumber, type GraphNode, type NodeAttribute } from './node';

/** Operations whose result differs from run to run: a step that held one would not be a function of its inputs. */
const randomOps =
  /^(Random|Multinomial$|StatelessMultinomial$|TruncatedNormal$|ParameterizedTruncatedNormal$)/;

/** Operations that TensorFlow.js runs without the attribute that names their first input's type. */
const firstInputType: Readonly<Record<string, string>> = { ExpandDims: 'T', Where: 'T' };

/**
 * Notes native operations as graph nodes while a step runs once.
 * Ids of native tensors are never used again by the addon, so an id names one value for good.
 */
export class Recorder {
  readonly nodes: GraphNode[] = [];
  readonly calls: KernelCall[] = [];
  /** The output of a node (`node` or `node:1`) that each native tensor represents. */
  private readonly sources = new Map<number, string>();
  private readonly shapes = new Map<number, Shape>();
  /** TensorFlow's number of each native tensor's data type. */
  private readonly types = new Map<number, number>();
  private readonly constants = new Map<string, string>();
  /** Tensors whose values were written by JavaScript inside of the step. */
  private readonly made = new WeakSet<object>();
  private readonly lowPrecision?: LowPrecision;
  private count = 0;

  /**
   * @param prefix of all node names, unique in the graph
   * @param step its name, for errors
   * @param precision of the nodes; the step itself runs in float32
   */
  constructor(
    private readonly backend: NodeJSKernelBackend,
    private readonly prefix: string,
    private readonly step: string,
    precision: Precision,
  ) {
    this.lowPrecision = precision === 'mixed' ? new LowPrecision(this) : undefined;
  }

  newName(op: string): string {
    this.count += 1;
    return `${this.prefix}/${op}_${this.count}`;
  }

  add(node: GraphNode): string {
    this.nodes.push(node);
    return node.name;
  }

  /** Says of which node's output a tensor is an example. */
  declare(tensor: tf.Tensor, source: string): void {
    const [id] = this.ids([tensor]);
    this.sources.set(id!, source);
    this.shapes.set(id!, tensor.shape);
    this.types.set(id!, this.backend.getDTypeInteger(tensor.dtype));
  }

  /** The node output that a tensor represents. */
  sourceOf(tensor: tf.Tensor): string {
    const [id] = this.ids([tensor]);
    return this.source(id!, 'the step');
  }

  /** Runs the step; every native operation in it becomes a node. */
  record<T>(f: () => T): T {
    const { backend } = this;
    const { binding } = backend;
    const originalIds = (backend as unknown as NativeInternals).getInputTensorIds.bind(backend);
    const originalWrite = backend.write.bind(backend);
    const originalRandom = Math.random;
    backend.write = (...args) => {
      const dataId = originalWrite(...args);
      this.made.add(dataId);
      return dataId;
    };
    Math.random = () => {
      throw this.error(
        'STEP_RANDOM',
        'draws a random number in JavaScript',
        'Draw it outside and declare it as an input.',
      );
    };
    try {
      return withReplaced(
        backend,
        {
          binding: {
            createTensor: (shape, dtype, values) =>
              this.createTensor(binding, shape, dtype, values as HostValues),
            executeOp: (op, attributes, inputs, count) =>
              this.executeOp(binding, op, attributes, inputs, count),
            tensorDataSync: () => {
              throw this.error(
                'STEP_READS_BACK',
                'reads a tensor’s values',
                'Return it as an output and read it there.',
              );
            },
          },
          getInputTensorIds: (tensors) => {
            for (const tensor of tensors) this.checkUpload(tensor);
            return originalIds(tensors);
          },
        },
        f,
      );
    } finally {
      Math.random = originalRandom;
      // The method itself lives on the prototype.
      delete (backend as Partial<NodeJSKernelBackend>).write;
    }
  }

  private ids(tensors: tf.TensorInfo[]): number[] {
    return (this.backend as unknown as NativeInternals).getInputTensorIds(tensors);
  }

  /** Values that wait in JavaScript for their first use become constants: but only those made inside of the step. */
  private checkUpload({ dataId, shape }: tf.TensorInfo): void {
    const { tensorMap } = this.backend as unknown as { tensorMap: { get(id: object): { values: unknown } } };
    if (tensorMap.get(dataId).values !== null && !this.made.has(dataId))
      throw this.foreign(shape, 'the step');
  }

  private createTensor(binding: TFJSBinding, shape: number[], dataType: number, values: HostValues): number {
    const dtype = dtypeOfNumber(dataType);
    if (dtype === undefined)
      throw this.error('STEP_DTYPE', `makes a tensor of TensorFlow's data type ${dataType}`);
    const id = binding.createTensor(shape, dataType, values);
    this.shapes.set(id, [...shape]);
    this.types.set(id, dataType);
    this.sources.set(id, this.constantSource({ dtype, shape, values }));
    return id;
  }

  private constantSource(value: HostTensor): string {
    const key = constantKey(value);
    const known = key === undefined ? undefined : this.constants.get(key);
    if (known !== undefined) return known;
    this.nodes.push(...constantNodes(value, (op) => this.newName(op)));
    const source = this.nodes.at(-1)!.name;
    if (key !== undefined) this.constants.set(key, source);
    return source;
  }

  private executeOp(
    binding: TFJSBinding,
    op: string,
    attributes: TFEOpAttr[],
    inputIds: number[],
    count: number,
  ) {
    if (randomOps.test(op)) {
      throw this.error(
        'STEP_RANDOM',
        `draws random numbers (${op})`,
        'Draw them outside and declare them as an input.',
      );
    }
    const inputs = inputIds.map((id) => this.source(id, op));
    const outputs = binding.executeOp(op, attributes, inputIds, count);
    const name = this.newName(op);
    const known = Object.fromEntries(
      attributes.map((attribute) => [attribute.name, nodeAttribute(binding, attribute)]),
    );
    const node = { name, op, inputs, attributes: { ...this.inferred(op, inputIds), ...known } };
    const operands = inputIds.map((id) => ({ type: this.types.get(id), shape: this.shapes.get(id) }));
    const first = this.lowPrecision?.add(node, operands, outputs[0]?.shape) ?? this.add(node);
    outputs.forEach(({ id, shape, dtype }, index) => {
      this.types.set(id, dtype);
      this.sources.set(id, index === 0 ? first : `${name}:${index}`);
      this.shapes.set(id, shape);
    });
    const shapes = inputIds.map((id) => this.shapes.get(id) ?? []);
    this.calls.push(...kernelCalls(op, attributes, shapes, outputs));
    return outputs;
  }

  /** Run eagerly, an operation may leave out what follows from its inputs; a graph needs it written down. */
  private inferred(op: string, inputIds: readonly number[]): Record<string, NodeAttribute> {
    const name = firstInputType[op];
    const type = this.types.get(inputIds[0] ?? -1);
    return name === undefined || type === undefined ? {} : { [name]: { kind: 'type', value: type } };
  }

  private source(id: number, user: string): string {
    const source = this.sources.get(id);
    if (source === undefined) throw this.foreign(this.shapes.get(id), user);
    return source;
  }

  private foreign(shape: Shape | undefined, user: string): RethinkError {
    const text = shape === undefined ? '' : ` of shape [${shape.join(', ')}]`;
    return this.error(
      'STEP_FOREIGN_TENSOR',
      `uses a tensor${text} in ${user} that was made outside of it`,
      'Declare it as an input, put it into the state, or make it inside of the step.',
    );
  }

  private error(code: string, what: string, hint?: string): RethinkError {
    return new RethinkError(code, `Step “${this.step}” ${what}; compiled, it would never change.`, { hint });
  }
}

function nodeAttribute(binding: TFJSBinding, { name, type, value }: TFEOpAttr): NodeAttribute {
  switch (type) {
    case binding.TF_ATTR_STRING:
      return { kind: 'string', value: value as string };
    case binding.TF_ATTR_INT:
      return { kind: 'int', value: value as number | number[] };
    case binding.TF_ATTR_FLOAT:
      return { kind: 'float', value: value as number };
    case binding.TF_ATTR_BOOL:
      return { kind: 'bool', value: value as boolean };
    case binding.TF_ATTR_TYPE:
      return { kind: 'type', value: value as number };
    case binding.TF_ATTR_SHAPE:
      return { kind: 'shape', value: value as number[] };
    default:
      throw new Error(`attribute ${name} of the unknown kind ${type}`);
  }
}
