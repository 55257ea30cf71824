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
import { strategyName } from '../../core/plan/axes';

const signs = { exact: '', atLeast: '≥ ', atMost: '≤ ', unknown: '' } as const;

function formatMean({ relation, mean }: CostToTarget, metric: CostMetric, currency: string): string {
  return mean === null ? noValue : `${signs[relation]}${formatAmount(metric, mean, currency)}`;
}

function formatRatio({ relation, ratio }: CostRatio): string {
  return ratio === null ? 'unknown' : `${signs[relation]}${ratio.toFixed(2)} ×`;
}

function formatRatioInterval({ interval }: CostRatio): string {
  if (interval === null) return '';
  const end = (value: number) => (value === Infinity ? '∞' : value.toFixed(2));
  return `${end(interval.low)} … ${end(interval.high)}`;
}

export function formatCostComparison(
  model: LeaderboardModel,
  question: CostQuestion,
  { rows, ratios }: CostComparison,
): string {
  const { target, metric, policy, compare } = question;
  const cells = ({ axes }: LeaderboardRow) => [
    axes.init,
    axes.augmentation,
    strategyName(axes),
    axes.fraction,
  ];
  const rest = comparedAxes.filter((axis) => axis !== compare);
  const parts = [
    `${model.benchmark.name}: cost of reaching AP ${percent(target)} for good (${metric}, ${policy})`,
    table(
      ['INIT', 'AUGMENTATION', 'STRATEGY', 'FRACTION', 'REACHED', 'COST', 'FINAL AP'],
      rows.map(({ row, cost }) => [
        ...cells(row),
        `${cost.reached} of ${cost.runs.length}`,
        formatMean(cost, metric, model.factors.currency),
        percent(row.scores.AP?.mean),
      ]),
    ),
  ];
  if (ratios.length > 0) {
    parts.push(
      `Cost of ${compare}=${ratios[0]!.first.axes[compare]} relative to each other ${compare}:`,
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
          formatRatio(ratio),
          formatRatioInterval(ratio),
        ]),
      ),
    );
    if (ratios.every(({ ratio }) => ratio.interval === null)) {
      parts.push('No intervals: they require at least two seeds on both sides.');
    }
  }
  parts.push(
    '≥ and ≤ are bounds: some runs never reached the target and would cost more than they took. AP is interpolated linearly between checkpoints.',
  );
  return parts.join('\n\n');
}
