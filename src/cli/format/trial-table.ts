import type { TrialOverview } from '../../results/database/overview';
import { table } from '../terminal/table';
import { type PlannedControl } from '../../core/plan/plan';
import { strategyName } from '../../core/plan/axes';

/** AP in percent with one digit. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : (100 * value).toFixed(1);
}

/** All trials with their status. */
export function trialTable(trials: readonly TrialOverview[]): string {
  return table(
    ['INIT', 'AUGMENTATION', 'STRATEGY', 'FRACTION', 'SEED', 'STATUS', 'AP', 'AP50', ''],
    trials.map((trial) => {
      const { axes, status, metrics, reason, control } = trial;
      return [
        axes.init,
        axes.augmentation,
        strategyName(axes),
        axes.fraction,
        axes.seed,
        status,
        percent(metrics?.stats.AP),
        percent(metrics?.stats.AP50),
        reason ?? [formatControl(control), formatTrialPlateau(trial)].filter(Boolean).join('; '),
      ];
    }),
  );
}

/** A note if training stopped before AP reached a plateau. */
function formatTrialPlateau(trial: TrialOverview): string {
  if (trial.status !== 'done' || trial.checkpoints === undefined) return '';
  // Loads the statistics, which a table of trials without checkpoints does not need.
  const { formatPlateau } = require('./format-plateau') as typeof import('./format-plateau');
  return formatPlateau(trial);
}

/** A note on whose control a trial is. */
export function formatControl(control: PlannedControl | undefined): string {
  return control === undefined ? '' : `control of ${control.of.map(strategyName).join(', ')}`;
}
