import { axisNames } from '../model/axis-names';
import { trialStatuses } from '../../results/database/records';
import {
  flopsUnit,
  formatFlops,
  formatScore,
  formatSeconds,
  formatShare,
  formatTime,
} from '../../core/text/units';
import { seriesShape, shapePaths } from '../charts/marks';
import { strategyLegend, strategySeries } from '../charts/strategy-series';
import type { LeaderboardModel } from '../model/leaderboard';
import { rowName } from '../model/row-names';
import { costView } from './cost-view';
import { costingChoices, costPlots, type SeriesNames } from './leaderboard-plots';
import { columnChoices, CONFIDENCE_TEXT, leaderboardTable } from './leaderboard-table';
import { statusView } from './status-view';

/** What the leaderboard page shows, as text. */
export async function leaderboardView(model: LeaderboardModel) {
  const { benchmark, rows } = model;
  const names: SeriesNames = {
    inits: axisNames(benchmark.resolved, benchmark.trials, 'init'),
    strategies: strategySeries(benchmark),
  };
  const costs = rows.flatMap((row) => (row.cost === null ? [] : [row.cost]));
  const flops = flopsUnit(
    costs.flatMap((cost) => [cost.full.flops, cost.amortised.flops, cost.marginal.flops]),
  );
  const severalSeeds = rows.some((row) => row.trials.length > 1);
  return {
    title: benchmark.title,
    description: benchmark.description,
    file: benchmark.file,
    updated: formatTime(benchmark.updatedAt),
    counts: trialStatuses
      .filter((status) => model.counts[status] > 0)
      .map((status) => ({ ...statusView(status), count: model.counts[status] })),
    trials: benchmark.trials.length,
    ...notes(model),
    facts: facts(model),
    plots: await costPlots(model, names),
    ...costingChoices(rows),
    ...costView(model, ({ axes }) => rowName(axes)),
    legend: legend(model, names),
    severalSeeds,
    hasIntervals: rows.filter(({ uncertainty }) => uncertainty !== undefined).length > 1,
    hasControls: rows.some((row) => row.control !== undefined),
    filters: filters(model),
    columns: columnChoices(severalSeeds),
    confidence: CONFIDENCE_TEXT,
    table: leaderboardTable(model, flops),
  };
}

function notes(model: LeaderboardModel) {
  const seeds = Math.max(0, ...model.rows.map((row) => row.trials.length));
  return {
    costNote:
      'Cost is everything that the trial’s weights took, from the first pre-training step to the last update: forward and backward passes, pseudo-labelling, and teachers. Scoring on the validation data is measured too, but charged to nobody.',
    seedNote: seedNote(model, seeds),
    declaredNote: model.hasDeclared
      ? 'Costs marked † contain a declared part: weights made elsewhere, at the cost that their makers state.'
      : '',
    kernelNote:
      model.unknownKernels.length > 0
        ? `FLOPs are a lower bound: no formula is known for ${model.unknownKernels.join(', ')}.`
        : '',
  };
}

function seedNote({ uncertainty }: LeaderboardModel, seeds: number): string {
  const { joint } = uncertainty.replicates;
  if (joint.rows.length === 0) {
    return seeds > 1
      ? `Scores are means over up to ${seeds} seeds.`
      : 'Every row is one training run with one seed: how much AP would change with another seed has not been measured, so small differences may be noise.';
  }
  const resampled = `${CONFIDENCE_TEXT} intervals beside AP come from ${joint.count} resamples of the validation images`;
  return joint.seedNoise.includes('missing')
    ? `${resampled}. Every row is one training run: how much AP would change with another seed has not been measured and is not in them.`
    : `Scores are means over up to ${seeds} seeds. ${resampled} and from the noise between seeds; ranks beside # hold together for all rows.`;
}

function facts(model: LeaderboardModel) {
  const ranked = model.rows.filter((row) => row.rank !== undefined);
  const best = ranked[0];
  const list: { name: string; value: string; note: string }[] = [];
  if (best !== undefined) {
    const top = best.scores.AP!.mean;
    list.push({
      name: 'Best AP',
      value: formatScore(top),
      note: `${rowName(best.axes)}, for ${formatFlops(best.cost!.full.flops)}`,
    });
    const near = ranked
      .filter((row) => row.scores.AP!.mean >= top - 0.01)
      .sort((a, b) => a.cost!.full.flops - b.cost!.full.flops)[0]!;
    if (near !== best) {
      list.push({
        name: 'Cheapest within 1 AP of it',
        value: formatFlops(near.cost!.full.flops),
        note: `${rowName(near.axes)}, AP ${formatScore(near.scores.AP!.mean)}`,
      });
    }
  }
  if (model.spent.flops > 0) {
    const saved = model.avoidedFlops;
    list.push({
      name: 'Spent in all',
      value: formatFlops(model.spent.flops),
      note:
        `${formatSeconds(model.spent.deviceSeconds)} of device time` +
        (saved > 0
          ? `; sharing stages avoided another ${formatFlops(saved)} and ${formatSeconds(model.avoidedSeconds)}`
          : ''),
    });
  }
  return list;
}

/** Values of each axis in the order of the matrix, to choose rows by. */
function filters({ benchmark, rows }: LeaderboardModel) {
  const axis = (name: 'init' | 'augmentation' | 'strategy', title: string) => ({
    name,
    title,
    values: axisNames(benchmark.resolved, benchmark.trials, name).map((value) => ({ value, text: value })),
  });
  const shares = [...new Set(rows.map(({ axes }) => axes.fraction))].sort((a, b) => a - b);
  const statuses = trialStatuses.filter((status) => rows.some((row) => row.status === status));
  return [
    axis('init', 'Init'),
    axis('augmentation', 'Augmentation'),
    axis('strategy', 'Strategy'),
    {
      name: 'fraction',
      title: 'Labelled',
      values: shares.map((share) => ({ value: String(share), text: formatShare(share) })),
    },
    { name: 'status', title: 'Status', values: statuses.map((value) => ({ value, text: value })) },
  ].filter(({ values }) => values.length > 1);
}

function legend({ rows }: LeaderboardModel, names: SeriesNames) {
  const isShown = (axis: 'init' | 'strategy') => (name: string) =>
    rows.some((row) => row.rank !== undefined && row.axes[axis] === name);
  return {
    strategies: strategyLegend(names.strategies, isShown('strategy')),
    inits: names.inits
      .map((name, index) => ({ name, path: shapePaths[seriesShape(index)] }))
      .filter(({ name }) => isShown('init')(name)),
  };
}
