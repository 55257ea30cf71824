import type { Shape } from '../flops/flops';
import { dataTypes, type GraphNode, type NodeAttribute } from './node';

/**
 * `mixed`: convolutions and their gradients multiply numbers of bfloat16 and add them up in float32; everything else
 * (batch norm, losses, gradients, weights, the optimizer) is float32. bfloat16 has the range of float32, so that losses
 * need no scaling.
 */
export type Precision = 'float32' | 'mixed';

/** Their first result has the type of their floating-point inputs. */
const loweredOps: ReadonlySet<string> = new Set(['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter']);

const float32: NodeAttribute = { kind: 'type', value: dataTypes.float32 };
/** TensorFlow's number of the type. */
const bfloat16: NodeAttribute = { kind: 'type', value: 14 };

/** An input of a node as the step's run had it. */
export interface Operand {
  /** TensorFlow's number. */
  readonly type?: number;
  readonly shape?: Shape;
}

/** Writes convolutions of a recorded step with casts around them. */
export class LowPrecision {
  /** The cast of each node output. */
  private readonly casts = new Map<string, string>();

  constructor(private readonly graph: { add(node: GraphNode): string; newName(op: string): string }) {}

  /**
   * Adds the node with inputs and output of bfloat16, where its kind is computed so.
   * @param result shape of the node's output
   * @returns the node of the float32 result; undefined where nothing was added
   */
  add(node: GraphNode, operands: readonly Operand[], result: Shape = []): string | undefined {
    if (!loweredOps.has(node.op) || hasIdleWeights(node.op, operands, result)) return undefined;
    const inputs = node.inputs.map((input, i) =>
      operands[i]?.type === dataTypes.float32 ? this.lowered(input) : input,
    );
    this.graph.add({ ...node, inputs, attributes: { ...node.attributes, T: bfloat16 } });
    return this.cast(node.name, bfloat16, float32);
  }

  private lowered(source: string): string {
    const known = this.casts.get(source) ?? this.cast(source, float32, bfloat16);
    this.casts.set(source, known);
    return known;
  }

  private cast(source: string, from: NodeAttribute, to: NodeAttribute): string {
    const attributes = { SrcT: from, DstT: to, Truncate: { kind: 'bool', value: false } } as const;
    return this.graph.add({
      name: this.graph.newName('Cast'),
      op: 'Cast',
      inputs: [source],
      attributes,
    });
  }
}

/**
 * Whether it is the gradient of a filter, [height, width, …], larger than its input, [batch, height, width, …]: some of its
 * weights only ever meet padding. Their gradient is 0, but the bfloat16 kernel of TensorFlow 2.21 does not write it: it is
 * whatever the memory had, now and then NaN.
 */
function hasIdleWeights(op: string, [input]: readonly Operand[], [height = 0, width = 0]: Shape): boolean {
  const [, inputHeight = 0, inputWidth = 0] = input?.shape ?? [];
  return op === 'Conv2DBackpropFilter' && (height > inputHeight || width > inputWidth);
}
