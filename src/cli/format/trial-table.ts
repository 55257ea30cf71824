import type { TrialOverview } from '../../results/database/overview';
import { table } from '../terminal/table';

/** AP as the field writes it: in percent, one digit. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : (100 * value).toFixed(1);
}

/** Every cell of the matrix with its status; nothing is left out. */
export function trialTable(trials: readonly TrialOverview[]): string {
  return table(
    ['INIT', 'AUGMENTATION', 'STRATEGY', 'FRACTION', 'SEED', 'STATUS', 'AP', 'AP50', ''],
    trials.map((trial) => {
      const { axes, status, metrics, reason, control } = trial;
      return [
        axes.init,
        axes.augmentation,
        axes.strategy,
        axes.fraction,
        axes.seed,
        status,
        percent(metrics?.stats.AP),
        percent(metrics?.stats.AP50),
        reason ?? [noteOf(control), riseNote(trial)].filter(Boolean).join('; '),
      ];
    }),
  );
}

/** Says of a trial that its training stopped before AP was flat. */
function riseNote(trial: TrialOverview): string {
  if (trial.status !== 'done' || trial.checkpoints === undefined) return '';
  // It brings the statistics with it, which a table of trials without points does not need.
  const { riseInWords } = require('./format-plateau') as typeof import('./format-plateau');
  return riseInWords(trial);
}

/** Says of a control whose it is. */
export function noteOf(control: { readonly of: readonly string[] } | undefined): string {
  return control === undefined ? '' : `control of ${control.of.join(', ')}`;
}
