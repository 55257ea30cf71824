import { countFlops, type FlopCount, type KernelCall, type Shape } from './flops/flops';
import { nativeBackend } from './backend';
import { nativeCall } from './kernel-names';
import { recordNativeOps } from './native/record';
import { currentPhase, enterPhase } from './phase';
import { tf } from './tf';

/** FLOPs of everything that runs inside `f`, from the kernels that really ran. */
export function countEagerFlops(f: () => void): FlopCount {
  const native = nativeBackend();
  enterPhase('forward');
  if (native !== undefined) return countFlops(recordNativeOps(native, f));
  const capture = startCapture();
  try {
    f();
  } finally {
    capture.end();
  }
  return countFlops(capture.calls);
}

interface RunKernel {
  runKernel(name: string, inputs: Record<string, unknown>, attributes?: Record<string, unknown>): unknown;
}

/** FLOPs of all kernels that TensorFlow.js dispatches during the work, whatever the caller. */
export async function countDispatchedFlops(work: () => Promise<unknown>): Promise<FlopCount> {
  const capture = startCapture();
  try {
    await work();
  } finally {
    capture.end();
  }
  return countFlops(capture.calls);
}

/** Records the kernels that TensorFlow.js dispatches, renamed to TensorFlow's, until `end` is called. */
function startCapture(): { readonly calls: KernelCall[]; end(): void } {
  const engine = tf.engine() as unknown as RunKernel;
  const calls: KernelCall[] = [];
  const original = engine.runKernel.bind(engine);
  let depth = 0;
  engine.runKernel = (name, inputs, attributes) => {
    depth += 1;
    let result: unknown;
    try {
      result = original(name, inputs, attributes);
    } finally {
      depth -= 1;
    }
    // A kernel that calls others is counted as itself, once.
    if (depth === 0)
      calls.push(
        ...nativeCall(name, shapesByName(inputs), attributes ?? {}, shapesOf(result)).map((call) => ({
          ...call,
          phase: currentPhase(),
        })),
      );
    return result;
  };
  // The method lives on the prototype.
  return { calls, end: () => delete (engine as Partial<RunKernel>).runKernel };
}

function shapesByName(inputs: Record<string, unknown>): Record<string, Shape> {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([name, value]) =>
      shapesOf(value).map((shape, index) => [index === 0 ? name : `${name}${index}`, shape]),
    ),
  );
}

function shapesOf(value: unknown): Shape[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(shapesOf);
  return [(value as tf.Tensor).shape];
}
