import type { TrialRecord } from '../results/records';
import { table } from './table';

/** AP as the field writes it: in percent, one digit. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : (100 * value).toFixed(1);
}

/** Every cell of the matrix with its status; nothing is left out. */
export function trialTable(trials: readonly TrialRecord[]): string {
  return table(
    ['INIT', 'AUGMENTATION', 'STRATEGY', 'FRACTION', 'SEED', 'STATUS', 'AP', 'AP50', ''],
    trials.map(({ axes, status, metrics, reason, control }) => [
      axes.init,
      axes.augmentation,
      axes.strategy,
      axes.fraction,
      axes.seed,
      status,
      percent(metrics?.stats.AP),
      percent(metrics?.stats.AP50),
      reason ?? noteOf(control),
    ]),
  );
}

/** Says of a control whose it is. */
export function noteOf(control: { readonly of: readonly string[] } | undefined): string {
  return control === undefined ? '' : `control of ${control.of.join(', ')}`;
}
