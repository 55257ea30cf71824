import { RethinkError } from '../../contract';
import { suggest } from '../../core/text/did-you-mean';
import { axisNames, type AxisName, type TrialAxes } from '../../core/plan/axes';

/** For each axis given, patterns of which a trial must match one. */
export type Selection = ReadonlyMap<AxisName, readonly string[]>;

/**
 * Reads `--only` arguments: `axis=value` pairs separated by commas, `*` and `?` as in a shell; values of one axis are
 * alternatives, and a trial must match all axes. `init=random,augmentation=s?,fraction=0.2`
 *
 * @throws RethinkError `SELECTOR_SYNTAX` or `SELECTOR_UNKNOWN_AXIS`
 */
export function parseSelection(argumentsGiven: readonly string[]): Selection {
  const selection = new Map<AxisName, string[]>();
  for (const pair of argumentsGiven
    .flatMap((argument) => argument.split(','))
    .filter((part) => part.trim() !== '')) {
    const [axis, value] = pair.split('=').map((part) => part.trim());
    if (!axis || !value || pair.split('=').length !== 2) {
      throw new RethinkError('SELECTOR_SYNTAX', `"${pair}" is not a selector.`, {
        location: { path: '--only' },
        hint: 'Write axis=value pairs separated by commas, for instance --only init=random,fraction=0.2',
      });
    }
    if (!axisNames.includes(axis as AxisName)) {
      throw new RethinkError('SELECTOR_UNKNOWN_AXIS', `There is no axis "${axis}".`, {
        location: { path: '--only' },
        hint: suggest(axis, axisNames),
      });
    }
    selection.set(axis as AxisName, [...(selection.get(axis as AxisName) ?? []), value]);
  }
  return selection;
}

function matches(pattern: string, value: string | number): boolean {
  if (typeof value === 'number' && !/[*?]/.test(pattern)) return Number(pattern) === value;
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${expression}$`).test(String(value));
}

export function isSelected(axes: TrialAxes, selection: Selection): boolean {
  return [...selection].every(([axis, patterns]) => patterns.some((pattern) => matches(pattern, axes[axis])));
}

/**
 * @throws RethinkError `SELECTOR_NO_TRIAL`, naming the pattern that no trial matches
 */
export function select(trials: readonly TrialAxes[], selection: Selection): TrialAxes[] {
  for (const [axis, patterns] of selection) {
    for (const pattern of patterns) {
      if (trials.some((axes) => matches(pattern, axes[axis]))) continue;
      const values = [...new Set(trials.map((axes) => String(axes[axis])))];
      throw new RethinkError('SELECTOR_NO_TRIAL', `No trial has ${axis}=${pattern}.`, {
        location: { path: '--only' },
        hint: suggest(pattern, values),
      });
    }
  }
  return trials.filter((axes) => isSelected(axes, selection));
}
