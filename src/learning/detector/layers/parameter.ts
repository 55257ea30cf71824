/** How values are initialised. */
export type Initialiser =
  | { readonly type: 'constant'; readonly value: number }
  | { readonly type: 'normal'; readonly deviation: number }
  | { readonly type: 'uniform'; readonly limit: number };

export type ParameterKind =
  'kernel' | 'depthwise' | 'dense' | 'bias' | 'scale' | 'offset' | 'mean' | 'variance';

/** One tensor of a network's weights. */
export interface Parameter {
  /** For instance `backbone.blocks.0.0.conv_dw.weight`. */
  readonly name: string;
  readonly kind: ParameterKind;
  /**
   * As TensorFlow computes with it: kernels height × width × in × out, depthwise ones height × width × channels × 1,
   * dense ones in × out.
   */
  readonly shape: readonly number[];
  /** As files hold it. */
  readonly fileShape: readonly number[];
  readonly initialiser: Initialiser;
}

/** Whether gradients change it; moving averages follow the batches instead. */
export function isTrainable({ kind }: Parameter): boolean {
  return kind !== 'mean' && kind !== 'variance';
}

/** Whether L2 regularisation applies: kernels of every sort, no bias, no batch norm. */
export function isDecayed({ kind }: Parameter): boolean {
  return kind === 'kernel' || kind === 'depthwise' || kind === 'dense';
}

/** Which library's tensor names and layouts a part of the network follows. */
export type Naming = 'pytorch' | 'keras';

const suffixes: Record<Naming, Record<ParameterKind, string>> = {
  pytorch: {
    kernel: '.weight',
    depthwise: '.weight',
    dense: '.weight',
    bias: '.bias',
    scale: '.weight',
    offset: '.bias',
    mean: '.running_mean',
    variance: '.running_var',
  },
  keras: {
    kernel: '/kernel',
    depthwise: '/depthwise_kernel',
    dense: '/kernel',
    bias: '/bias',
    scale: '/gamma',
    offset: '/beta',
    mean: '/moving_mean',
    variance: '/moving_variance',
  },
};

export function parameterName(layer: string, kind: ParameterKind, naming: Naming): string {
  return layer + suffixes[naming][kind];
}

/** PyTorch keeps kernels out × in × height × width and dense ones out × in; Keras as TensorFlow does. */
export function fileShapeOf(
  kind: ParameterKind,
  shape: readonly number[],
  naming: Naming,
): readonly number[] {
  const order = naming === 'pytorch' ? fileOrder(kind) : undefined;
  return order === undefined ? shape : order.map((axis) => shape[axis]!);
}

/** The axis of the computing layout at each position of PyTorch's. */
function fileOrder(kind: ParameterKind): readonly number[] | undefined {
  switch (kind) {
    case 'kernel':
      return [3, 2, 0, 1];
    case 'depthwise':
      return [2, 3, 0, 1];
    case 'dense':
      return [1, 0];
    default:
      return undefined;
  }
}

/** Values from a file's layout to the one that TensorFlow computes with. */
export function fromFileLayout(parameter: Parameter, values: Float32Array): Float32Array {
  const order = orderOf(parameter);
  return order === undefined ? values.slice() : permute(values, parameter.shape, order, 'fromFile');
}

/** The way back. */
export function toFileLayout(parameter: Parameter, values: Float32Array): Float32Array {
  const order = orderOf(parameter);
  return order === undefined ? values.slice() : permute(values, parameter.shape, order, 'toFile');
}

function orderOf({ kind, shape, fileShape }: Parameter): readonly number[] | undefined {
  const order = fileOrder(kind);
  // Keras layouts have equal shapes; permuting a shape of equal sides would still move values.
  return order !== undefined && fileShape !== shape ? order : undefined;
}

/** Moves values between the layout of `shape` and the one whose position `i` has its axis `order[i]`. */
function permute(
  values: Float32Array,
  shape: readonly number[],
  order: readonly number[],
  direction: 'fromFile' | 'toFile',
): Float32Array {
  const strides = stridesOf(shape);
  const sides = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const result = new Float32Array(values.length);
  const index = new Array<number>(order.length).fill(0);
  let own = 0;
  for (let file = 0; file < values.length; file++) {
    if (direction === 'fromFile') result[own] = values[file]!;
    else result[file] = values[own]!;
    for (let axis = order.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      own += steps[axis]!;
      if (index[axis]! < sides[axis]!) break;
      own -= steps[axis]! * sides[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}
