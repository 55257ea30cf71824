import type { CostRatio } from '../../statistics/cost/cost-ratio';
import type { CostToTarget } from '../../statistics/cost/cost-to-target';
import {
  comparedAxes,
  type CostComparison,
  type CostQuestion,
} from '../../leaderboard/model/cost-comparison';
import type { LeaderboardRow, LeaderboardModel } from '../../leaderboard/model/leaderboard';
import { noValue } from '../../core/text/units';
import { table } from '../terminal/table';
import { percent } from './trial-table';
import { type CostMetric, formatAmount } from '../../core/cost/metrics';

const signs = { exact: '', atLeast: '≥ ', atMost: '≤ ', unknown: '' } as const;

function meanText({ relation, mean }: CostToTarget, metric: CostMetric, currency: string): string {
  return mean === null ? noValue : `${signs[relation]}${formatAmount(metric, mean, currency)}`;
}

function ratioText({ relation, ratio }: CostRatio): string {
  return ratio === null ? 'unknown' : `${signs[relation]}${ratio.toFixed(2)} ×`;
}

function intervalText({ interval }: CostRatio): string {
  if (interval === null) return '';
  const end = (value: number) => (value === Infinity ? '∞' : value.toFixed(2));
  return `${end(interval.low)} … ${end(interval.high)}`;
}

/** What a person reads. */
export function costText(
  model: LeaderboardModel,
  question: CostQuestion,
  { rows, ratios }: CostComparison,
): string {
  const { target, metric, policy, compare } = question;
  const cells = ({ axes }: LeaderboardRow) => [axes.init, axes.augmentation, axes.strategy, axes.fraction];
  const rest = comparedAxes.filter((axis) => axis !== compare);
  const parts = [
    `${model.benchmark.name}: cost to reach AP ${percent(target)} and stay there (${metric}, ${policy})`,
    table(
      ['INIT', 'AUGMENTATION', 'STRATEGY', 'FRACTION', 'REACHED', 'COST', 'FINAL AP'],
      rows.map(({ row, cost }) => [
        ...cells(row),
        `${cost.reached} of ${cost.runs.length}`,
        meanText(cost, metric, model.factors.currency),
        percent(row.scores.AP?.mean),
      ]),
    ),
  ];
  if (ratios.length > 0) {
    parts.push(
      `How many times the cost of each other ${compare} does ${compare}=${ratios[0]!.first.axes[compare]} need?`,
      table(
        [
          compare.toUpperCase(),
          ...rest.map((axis) => axis.toUpperCase()),
          'FRACTION',
          'RATIO',
          '95 % INTERVAL',
        ],
        ratios.map(({ second, ratio }) => [
          second.axes[compare],
          ...rest.map((axis) => second.axes[axis]),
          second.axes.fraction,
          ratioText(ratio),
          intervalText(ratio),
        ]),
      ),
    );
    if (ratios.every(({ ratio }) => ratio.interval === null)) {
      parts.push('No intervals: they need at least two seeds on both sides.');
    }
  }
  parts.push(
    '≥ and ≤: some runs never reached the target, so that their cost is only known to be more than they took. Between two scored points AP is taken to rise linearly.',
  );
  return parts.join('\n\n');
}
