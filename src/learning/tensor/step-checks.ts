import { closest } from 'fastest-levenshtein';
import { RethinkError } from '../../contract/errors';
import { checkHostTensor, hostScalar, type HostTensor } from './host-tensor';
import { type StepInputs } from './step';

export function unknownName(name: string, names: readonly string[]): RethinkError {
  return new RethinkError('STATE_UNKNOWN_NAME', `The state has no “${name}”.`, {
    hint: names.length === 0 ? undefined : `Did you mean “${closest(name, [...names])}”?`,
  });
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
