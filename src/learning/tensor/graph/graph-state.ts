import { type NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import { RethinkError } from '../../../contract/errors';
import { type FlopCount } from '../flops/flops';
import { checkHostTensor, type HostTensor, type HostTensors, sizeOf } from '../host-tensor';
import { type State } from '../state';
import { type Step, type StepDefinition, type StepInputs } from '../step';
import { checkInputs, checkSameForm, unknownName } from '../step-checks';
import { type Precision } from './mixed-precision';
import { Session } from './session';
import { type Trace, traceStep } from './trace';
import { variableNodes, variableSpec, type VariableSpec } from './variables';

/**
 * State as variables of one TensorFlow session, in which all steps on it are compiled. The session is opened when a
 * step first runs, and reopened, with the same values, when a step is added or sees inputs of new shapes.
 */
export class GraphState implements State {
  readonly names: readonly string[];
  private readonly variables: ReadonlyMap<string, VariableSpec>;
  private traces: Trace[] = [];
  private session?: Session;
  /** Values while no session is open. */
  private parked?: Record<string, HostTensor>;
  private traceCount = 0;

  constructor(
    private readonly backend: NodeJSKernelBackend,
    initial: HostTensors,
    private readonly precision: Precision,
  ) {
    this.names = Object.keys(initial);
    this.variables = new Map(
      Object.entries(initial).map(([name, tensor], index) => [name, variableSpec(name, index, tensor)]),
    );
    this.parked = copyOf(initial);
  }

  shape(name: string): readonly number[] {
    return this.variable(name).shape;
  }

  read(names: readonly string[] = this.names): Promise<Record<string, HostTensor>> {
    return Promise.resolve().then(() => {
      const variables = names.map((name) => this.variable(name));
      const { session, parked } = this;
      if (session !== undefined) return readVariables(session, variables);
      return copyOf(Object.fromEntries(names.map((name) => [name, parked![name]!])));
    });
  }

  write(values: HostTensors): Promise<void> {
    return Promise.resolve().then(() => {
      for (const [name, value] of Object.entries(values)) {
        checkHostTensor(name, value);
        checkSameForm(name, this.variable(name), value);
      }
      if (this.session !== undefined) return writeVariables(this.session, this.variables, values);
      this.parked = { ...this.parked, ...copyOf(values) };
    });
  }

  createStep(definition: StepDefinition): Step {
    return new GraphStep(this, definition);
  }

  dispose(): void {
    this.session?.close();
    this.session = undefined;
    this.parked = undefined;
    this.traces = [];
  }

  addTrace(definition: StepDefinition, inputs: Readonly<Record<string, HostTensor>>): Trace {
    this.traceCount += 1;
    const prefix = `${definition.name.replace(/[^A-Za-z0-9-]/g, '_')}_${this.traceCount}`;
    const { backend, precision, variables } = this;
    const trace = traceStep({ backend, definition, inputs, precision, variables, prefix });
    this.park();
    this.traces.push(trace);
    return trace;
  }

  removeTraces(traces: readonly Trace[]): void {
    // They stay in an open session until it is reopened.
    this.traces = this.traces.filter((trace) => !traces.includes(trace));
  }

  run(trace: Trace, inputs: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
    const session = this.openSession();
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [trace.feeds[name]!, value]),
    );
    const names = Object.keys(trace.fetches);
    const values = session.run(feeds, [...Object.values(trace.fetches), trace.done]);
    return Object.fromEntries(names.map((name, index) => [name, values[index]!]));
  }

  private openSession(): Session {
    if (this.session !== undefined) return this.session;
    const { parked } = this;
    if (parked === undefined) throw new RethinkError('STATE_DISPOSED', 'The state was disposed.');
    const nodes = [...this.variables.values()].flatMap(variableNodes);
    const session = new Session(this.backend.binding, [
      ...nodes,
      ...this.traces.flatMap((trace) => trace.nodes),
    ]);
    writeVariables(session, this.variables, parked);
    this.parked = undefined;
    this.session = session;
    return session;
  }

  /** Takes the values out and closes the session. */
  private park(): void {
    if (this.session === undefined) return;
    this.parked = readVariables(this.session, [...this.variables.values()]);
    this.session.close();
    this.session = undefined;
  }

  private variable(name: string): VariableSpec {
    const variable = this.variables.get(name);
    if (variable === undefined) throw unknownName(name, this.names);
    return variable;
  }
}

function copyOf(tensors: HostTensors): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, values: tensor.values.slice() }]),
  );
}

/** Many variables at once, but not so many that a large state is in memory three times. */
const chunkBytes = 64 * 2 ** 20;

function* chunks<T>(items: readonly T[], bytes: (item: T) => number): Generator<T[]> {
  let chunk: T[] = [];
  let total = 0;
  for (const item of items) {
    chunk.push(item);
    total += bytes(item);
    if (total < chunkBytes) continue;
    yield chunk;
    chunk = [];
    total = 0;
  }
  if (chunk.length > 0) yield chunk;
}

function readVariables(session: Session, variables: readonly VariableSpec[]): Record<string, HostTensor> {
  const values: Record<string, HostTensor> = {};
  const bytes = ({ shape }: VariableSpec) => 4 * sizeOf(shape);
  for (const chunk of chunks(variables, bytes)) {
    const tensors = session.run(
      {},
      chunk.map(({ value }) => value),
    );
    chunk.forEach(({ name }, index) => (values[name] = tensors[index]!));
  }
  return values;
}

function writeVariables(
  session: Session,
  variables: ReadonlyMap<string, VariableSpec>,
  values: HostTensors,
): void {
  for (const chunk of chunks(Object.entries(values), ([, value]) => value.values.byteLength)) {
    const feeds = Object.fromEntries(chunk.map(([name, value]) => [variables.get(name)!.feed, value]));
    session.run(
      feeds,
      chunk.map(([name]) => variables.get(name)!.assigned),
    );
  }
}

class GraphStep implements Step {
  readonly name: string;
  private readonly traces = new Map<string, Trace>();

  constructor(
    private readonly state: GraphState,
    private readonly definition: StepDefinition,
  ) {
    this.name = definition.name;
  }

  run(inputs: StepInputs): Promise<Record<string, HostTensor>> {
    return Promise.resolve().then(() => {
      const checked = checkInputs(this.name, inputs);
      return this.state.run(this.trace(checked), checked);
    });
  }

  flops(inputs: StepInputs): Promise<FlopCount> {
    return Promise.resolve().then(() => this.trace(checkInputs(this.name, inputs)).flops);
  }

  dispose(): void {
    this.state.removeTraces([...this.traces.values()]);
    this.traces.clear();
  }

  /** One for each combination of input names, dtypes and shapes. */
  private trace(inputs: Readonly<Record<string, HostTensor>>): Trace {
    const key = Object.entries(inputs)
      .map(([name, { dtype, shape }]) => `${name} ${dtype} ${shape.join('x')}`)
      .sort()
      .join('\n');
    let trace = this.traces.get(key);
    if (trace === undefined) {
      trace = this.state.addTrace(this.definition, inputs);
      this.traces.set(key, trace);
    }
    return trace;
  }
}
