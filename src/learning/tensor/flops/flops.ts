import { movementKernels, perInputElement, perOutputElement } from './flops-tables';

export type Shape = readonly number[];

/** One kernel that ran, by TensorFlow's name of its operation, with what decides its cost. */
export interface KernelCall {
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Shape[];
  readonly outputs: readonly Shape[];
  /** Part of the step that it belongs to: `forward`, `backward`, `update`. */
  readonly phase?: string;
}

export interface FlopCount {
  /** Floating-point operations of all known kernels; a multiply-add counts 2. */
  readonly flops: number;
  readonly byKernel: Readonly<Record<string, number>>;
  /** Of the calls whose phase is known. */
  readonly byPhase: Readonly<Record<string, number>>;
  /** Kernels for which there is no formula: their cost is missing from `flops` and must be reported. */
  readonly unknown: readonly string[];
}

export function countFlops(calls: Iterable<KernelCall>): FlopCount {
  const byKernel: Record<string, number> = {};
  const byPhase: Record<string, number> = {};
  const unknown = new Set<string>();
  let flops = 0;
  for (const call of calls) {
    const cost = kernelFlops(call);
    if (cost === undefined) {
      unknown.add(call.op);
      continue;
    }
    flops += cost;
    if (cost === 0) continue;
    byKernel[call.op] = (byKernel[call.op] ?? 0) + cost;
    if (call.phase !== undefined) byPhase[call.phase] = (byPhase[call.phase] ?? 0) + cost;
  }
  return { flops, byKernel, byPhase, unknown: [...unknown].sort() };
}

/**
 * FLOPs of one kernel, multiply-add = 2; undefined for a kernel without a formula.
 * Convolutions count the positions of the padded window too, as is usual (fvcore, DeepSpeed, TensorFlow's profiler).
 */
export function kernelFlops(call: KernelCall): number | undefined {
  if (movementKernels.has(call.op)) return 0;
  const formula = formulas[call.op];
  if (formula !== undefined) return formula(call);
  const each = perOutputElement[call.op];
  if (each !== undefined) return each * size(call.outputs[0]);
  const eachInput = perInputElement[call.op];
  if (eachInput !== undefined) return eachInput * size(call.inputs[0]);
  return undefined;
}

type Formula = (call: KernelCall) => number;

/** 2 × (pixels of the output side) × kernel height × width × input channels, over all filters. */
const convolution = (output: Shape | undefined, filter: Shape | undefined) =>
  2 * size(output) * size(filter?.slice(0, 3));
const depthwise = (output: Shape | undefined, filter: Shape | undefined) =>
  2 * size(output) * size(filter?.slice(0, 2));

const pool: Formula = ({ attributes, outputs }) => size(outputs[0]) * size(attributes.ksize as Shape);
const optimizer =
  (operations: number): Formula =>
  ({ inputs }) =>
    operations * size(inputs.at(-1));

const formulas: Readonly<Record<string, Formula>> = {
  Conv2D: ({ inputs, outputs }) => convolution(outputs[0], inputs[1]),
  // inputs: input sizes, filter, gradient of the output
  Conv2DBackpropInput: ({ inputs }) => convolution(inputs[2], inputs[1]),
  // inputs: input, filter sizes, gradient of the output
  Conv2DBackpropFilter: ({ inputs, outputs }) => convolution(inputs[2], outputs[0]),
  DepthwiseConv2dNative: ({ inputs, outputs }) => depthwise(outputs[0], inputs[1]),
  DepthwiseConv2dNativeBackpropInput: ({ inputs }) => depthwise(inputs[2], inputs[1]),
  DepthwiseConv2dNativeBackpropFilter: ({ inputs, outputs }) => depthwise(inputs[2], outputs[0]),
  MatMul: ({ attributes, inputs, outputs }) =>
    2 * size(outputs[0]) * (inputs[0]?.[attributes.transpose_a === true ? 0 : 1] ?? 0),
  BatchMatMulV2: ({ attributes, inputs, outputs }) =>
    2 * size(outputs[0]) * (inputs[0]?.at(attributes.adj_x === true ? -2 : -1) ?? 0),
  // Training: sum 1, centred squares 3, normalise and scale 4. Inference: normalise and scale 4.
  FusedBatchNormV3: ({ attributes, inputs }) => (attributes.is_training === false ? 4 : 8) * size(inputs[0]),
  FusedBatchNorm: ({ attributes, inputs }) => (attributes.is_training === false ? 4 : 8) * size(inputs[0]),
  // Normalised input 2, its product with the gradient summed 2, gradient summed 1, gradient of the input 4.
  FusedBatchNormGradV3: ({ inputs }) => 9 * size(inputs[1]),
  MaxPool: pool,
  AvgPool: pool,
  MaxPoolGrad: ({ attributes, inputs }) => size(inputs[2]) * size(attributes.ksize as Shape),
  AvgPoolGrad: ({ attributes, inputs }) => size(inputs[1]) * size(attributes.ksize as Shape),
  AddN: ({ inputs, outputs }) => Math.max(inputs.length - 1, 0) * size(outputs[0]),
  Mean: ({ inputs, outputs }) => size(inputs[0]) + size(outputs[0]),
  // Four products and three additions for each value.
  ResizeBilinear: ({ outputs }) => 7 * size(outputs[0]),
  ResizeBilinearGrad: ({ inputs }) => 8 * size(inputs[0]),
  CropAndResize: ({ outputs }) => 7 * size(outputs[0]),
  ResizeNearestNeighborGrad: ({ inputs }) => size(inputs[0]),
  // inputs: variable, accumulator, rate, gradient, momentum
  ResourceApplyMomentum: ({ attributes, inputs }) =>
    (attributes.use_nesterov === true ? 6 : 4) * size(inputs[3]),
  ResourceApplyAdam: optimizer(12),
  AssignAddVariableOp: optimizer(1),
  // Each box is compared with each selected one: 16 operations for an IoU, at most.
  NonMaxSuppressionV3: (call) => suppression(call),
  NonMaxSuppressionV4: (call) => suppression(call),
  NonMaxSuppressionV5: (call) => suppression(call),
  CombinedNonMaxSuppression: ({ inputs, outputs }) =>
    // boxes [batch, n, q, 4], scores [batch, n, classes], selected [batch, max, 4]
    16 * (inputs[0]?.[1] ?? 0) * size(inputs[1]?.slice(2)) * size(outputs[0]?.slice(0, 2)),
};

const suppression: Formula = ({ inputs, outputs }) => 16 * (inputs[0]?.[0] ?? 0) * (outputs[0]?.[0] ?? 0);

function size(shape: Shape | undefined): number {
  if (shape === undefined) return 0;
  return shape.reduce((product, length) => product * length, 1);
}
