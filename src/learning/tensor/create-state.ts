import { RethinkError } from '../../contract/errors';
import { currentBackend, nativeBackend } from './backend';
import { EagerState } from './eager-state';
import { GraphState } from './graph/graph-state';
import { type Precision } from './graph/mixed-precision';
import { checkHostTensor, type HostTensors } from './host-tensor';
import { type State } from './state';

export interface StateOptions {
  /** @default true where the backend can (`tensorflow`) */
  readonly compiled?: boolean;
  /** `mixed` is possible for compiled steps only. @default float32 */
  readonly precision?: Precision;
}

/**
 * @throws `BACKEND_NOT_CHOSEN` before `useBackend`, `TENSOR_SHAPE`, `TENSOR_DTYPE`, `PRECISION_UNSUPPORTED`
 */
export function createState(
  initial: HostTensors,
  { compiled = true, precision = 'float32' }: StateOptions = {},
): State {
  for (const [name, tensor] of Object.entries(initial)) checkHostTensor(name, tensor);
  currentBackend();
  const backend = nativeBackend();
  if (backend !== undefined && compiled) return new GraphState(backend, initial, precision);
  if (precision === 'mixed') {
    throw new RethinkError(
      'PRECISION_UNSUPPORTED',
      'Only compiled steps of the backend “tensorflow” compute in mixed precision.',
    );
  }
  return new EagerState(initial);
}
