import { closest } from 'fastest-levenshtein';
import { RethinkError } from '../../contract/errors';
import { checkHostTensor, hostScalar, type HostTensor } from './host-tensor';
import { type StepInputs } from './step';

export function unknownName(name: string, names: readonly string[]): RethinkError {
  return new RethinkError('STATE_UNKNOWN_NAME', `The state has no “${name}”.`, {
    hint: names.length === 0 ? undefined : `Did you mean “${closest(name, [...names])}”?`,
  });
}

interface Form {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** @throws `TENSOR_SHAPE` where a new value of the state has another shape or dtype */
export function checkSameForm(name: string, expected: Form, actual: Form): void {
  const text = ({ shape, dtype }: Form) => `${dtype} [${shape.join(', ')}]`;
  if (text(expected) === text(actual)) return;
  throw new RethinkError(
    'TENSOR_SHAPE',
    `State “${name}” is ${text(expected)}; it cannot become ${text(actual)}.`,
  );
}

/** Numbers become scalars; values, dtypes and shapes must agree. */
export function checkInputs(step: string, inputs: StepInputs): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      const tensor = typeof value === 'number' ? hostScalar(value) : value;
      checkHostTensor(`Input “${name}” of step “${step}”`, tensor);
      return [name, tensor];
    }),
  );
}
