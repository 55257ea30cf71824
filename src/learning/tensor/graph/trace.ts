import { type NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import { RethinkError } from '../../../contract/errors';
import { countFlops, type FlopCount } from '../flops/flops';
import { type HostTensor } from '../host-tensor';
import { enterPhase } from '../phase';
import { type StepDefinition } from '../step';
import { tf } from '../tf';
import { upload } from '../upload';
import { GraphContext } from './graph-context';
import { constant, type GraphNode, identity, placeholder, typeAttribute } from './node';
import { type Precision } from './mixed-precision';
import { Recorder } from './recorder';
import { type VariableSpec } from './variables';

/** A step for inputs of certain shapes, as part of a graph. */
export interface Trace {
  readonly nodes: readonly GraphNode[];
  /** Placeholder of each input. */
  readonly feeds: Readonly<Record<string, string>>;
  /** Node of each output; fetching any of them runs every update. */
  readonly fetches: Readonly<Record<string, string>>;
  /** Fetched with the outputs, so that a step without outputs runs too. */
  readonly done: string;
  readonly flops: FlopCount;
}

export interface TraceOptions {
  readonly backend: NodeJSKernelBackend;
  readonly definition: StepDefinition;
  /** Examples: only shapes and dtypes count. */
  readonly inputs: Readonly<Record<string, HostTensor>>;
  readonly precision: Precision;
  readonly variables: ReadonlyMap<string, VariableSpec>;
  /** Of all node names. */
  readonly prefix: string;
}

/**
 * Runs the step once, noting every native operation.
 * @throws `STEP_READS_BACK`, `STEP_RANDOM`, `STEP_FOREIGN_TENSOR` where a part of it would freeze as it is now
 */
export function traceStep({
  backend,
  definition,
  inputs,
  precision,
  variables,
  prefix,
}: TraceOptions): Trace {
  const recorder = new Recorder(backend, prefix, definition.name, precision);
  const engine = tf.engine();
  engine.startScope(definition.name);
  enterPhase('forward');
  try {
    const feeds: Record<string, string> = {};
    const examples: Record<string, tf.Tensor> = {};
    for (const [name, input] of Object.entries(inputs)) {
      const example = upload(input);
      const node = recorder.add(placeholder(recorder.newName('input'), input));
      recorder.declare(example, node);
      feeds[name] = node;
      examples[name] = example;
    }
    const context = new GraphContext(examples, recorder, variables);
    try {
      const sources = recorder.record(() => {
        const outputs = definition.run(context);
        checkOutputs(definition.name, outputs);
        return Object.entries(outputs).map(
          ([name, tensor]) => ({ name, source: recorder.sourceOf(tensor), dtype: tensor.dtype }) as const,
        );
      });
      const done = finish(recorder, context.writers());
      const fetches: Record<string, string> = {};
      for (const { name, source, dtype } of sources) {
        const type = typeAttribute(dtype as HostTensor['dtype']);
        fetches[name] = recorder.add(identity(recorder.newName('output'), source, type, [done]));
      }
      return { nodes: recorder.nodes, feeds, fetches, done, flops: countFlops(recorder.calls) };
    } finally {
      context.dispose();
    }
  } finally {
    engine.endScope();
  }
}

/** A node that runs after all updates. */
function finish(recorder: Recorder, writers: readonly string[]): string {
  const value = constant(recorder.newName('true'), { dtype: 'bool', shape: [], values: Uint8Array.of(1) });
  recorder.add(value);
  return recorder.add(identity(recorder.newName('done'), value.name, typeAttribute('bool'), writers));
}

function checkOutputs(step: string, outputs: unknown): asserts outputs is Record<string, tf.Tensor> {
  if (outputs instanceof Promise) {
    throw new RethinkError(
      'STEP_ASYNC',
      `Step “${step}” is asynchronous; a step is a plain function of tensors.`,
    );
  }
  for (const [name, value] of Object.entries(outputs as object)) {
    if (value instanceof tf.Tensor) continue;
    throw new RethinkError('STEP_OUTPUT', `Output “${name}” of step “${step}” is not a tensor.`);
  }
}
