import { currentBackend, nativeBackend } from './backend';
import { EagerState } from './eager-state';
import { GraphState } from './graph/graph-state';
import { checkHostTensor, type HostTensor, type HostTensors } from './host-tensor';
import { type Step, type StepDefinition } from './step';

/**
 * Named tensors that steps share and change: weights, optimiser slots, moving averages. They stay where the
 * backend computes; `read` and `write` copy them for checkpoints.
 */
export interface State {
  readonly names: readonly string[];
  shape(name: string): readonly number[];
  /** Copies values out. @default all names */
  read(names?: readonly string[]): Promise<Record<string, HostTensor>>;
  /** Replaces values; shape and dtype must fit. @throws `STATE_UNKNOWN_NAME`, `TENSOR_SHAPE` */
  write(values: HostTensors): Promise<void>;
  /** A step on this state. */
  createStep(definition: StepDefinition): Step;
  dispose(): void;
}

export interface StateOptions {
  /** @default true where the backend can (`tensorflow`) */
  readonly compiled?: boolean;
}

/**
 * @throws `BACKEND_NOT_CHOSEN` before `useBackend`, `TENSOR_SHAPE`, `TENSOR_DTYPE`
 */
export function createState(initial: HostTensors, { compiled = true }: StateOptions = {}): State {
  for (const [name, tensor] of Object.entries(initial)) checkHostTensor(name, tensor);
  currentBackend();
  const backend = nativeBackend();
  return backend === undefined || !compiled ? new EagerState(initial) : new GraphState(backend, initial);
}

export function createStep(state: State, definition: StepDefinition): Step {
  return state.createStep(definition);
}
