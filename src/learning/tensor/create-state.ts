import { currentBackend, nativeBackend } from './backend';
import { EagerState } from './eager-state';
import { GraphState } from './graph/graph-state';
import { checkHostTensor, type HostTensors } from './host-tensor';
import { type State } from './state';

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
