import { formatLength } from '../../core/plan/axes';
import { namesOnAxis } from '../model/axis-names';
import { trialStatuses } from '../../results/database/records';
import { flopsUnit, formatFlops, formatSeconds, formatShare, formatTime } from '../../core/text/units';
import { seriesShape, shapePaths } from '../charts/marks';
import { strategyLegend, strategySeries } from '../charts/strategy-series';
import { findingsOf } from '../model/findings';
import { rankByFraction } from '../model/fraction-ranking';
import type { LeaderboardModel } from '../model/leaderboard';
import { PlainNames } from '../model/plain-names';
import { categoryTable } from './category-table';
import { costView } from './cost-view';
import { costingChoices, costPlots, type SeriesNames } from './leaderboard-plots';
import { columnChoices, CONFIDENCE_TEXT, leaderboardTable } from './leaderboard-table';
import { statusView } from './status-view';

/** Findings that are shown; the others are folded. */
const SHOWN_FINDINGS = 3;

/** What the leaderboard page shows, as text. */
export async function leaderboardView(model: LeaderboardModel) {
  const { benchmark, rows } = model;
  const plain = new PlainNames(benchmark);
  const names = seriesNames(model, plain);
  const rankings = rankByFraction(model);
  const costs = rows.flatMap((row) => (row.cost === null ? [] : [row.cost]));
  const flops = flopsUnit(
    costs.flatMap((cost) => [cost.full.flops, cost.amortised.flops, cost.marginal.flops]),
  );
  const table = leaderboardTable(model, rankings, plain, flops);
  const { strategies, inits, best } = findingsOf(model);
  const findings = [...strategies, ...best, ...inits];
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
    overview: [strategies[0], inits[0], ...best].filter((finding) => finding !== undefined),
    findings: findings.slice(0, SHOWN_FINDINGS),
    moreFindings: findings.slice(SHOWN_FINDINGS),
    plots: await costPlots(model, rankings, names),
    ...costingChoices(rows),
    ...costView(model, rankings, (row) => plain.row(row)),
    legend: plotLegend(model, names),
    severalSeeds: rows.some((row) => row.trials.length > 1),
    severalLengths: rows.some((row) => row.axes.length !== rows[0]!.axes.length),
    hasIntervals: rows.filter(({ uncertainty }) => uncertainty !== undefined).length > 1,
    hasControls: rows.some((row) => row.control !== undefined),
    categories: categoryTable(rankings, plain),
    filters: filters(model),
    columns: columnChoices(table),
    confidence: CONFIDENCE_TEXT,
    table,
  };
}

export const seriesNames = ({ benchmark }: LeaderboardModel, plain: PlainNames): SeriesNames => ({
  inits: namesOnAxis(benchmark.resolved, benchmark.trials, 'init'),
  strategies: strategySeries(benchmark),
  plain,
});

function notes(model: LeaderboardModel) {
  const seeds = Math.max(0, ...model.rows.map((row) => row.trials.length));
  return {
    notes: [
      'Cost includes everything that the trial’s weights depend on, from the first pre-training step to the last update: forward and backward passes, pseudo-labelling, and teachers. Scoring on the validation data is measured but charged to no trial.',
      seedNote(model, seeds),
      model.hasDeclared
        ? 'Costs marked † contain a declared part: weights from elsewhere, at the cost that their authors declare.'
        : '',
      spentNote(model),
    ].filter(Boolean),
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
    : `Scores are means over up to ${seeds} seeds. ${resampled} and from the noise between seeds; ranks are simultaneous for all rows of a fraction.`;
}

function spentNote({ spent, avoidedFlops, avoidedSeconds }: LeaderboardModel): string {
  if (spent.flops === 0) return '';
  const avoided =
    avoidedFlops > 0
      ? `; sharing stages avoided another ${formatFlops(avoidedFlops)} and ${formatSeconds(avoidedSeconds)}`
      : '';
  return `All trials together cost ${formatFlops(spent.flops)} and ${formatSeconds(spent.deviceSeconds)} of device time${avoided}.`;
}

/** Values of each axis in the order of the matrix, to choose rows by. */
function filters({ benchmark, rows }: LeaderboardModel) {
  const axis = (name: 'init' | 'augmentation' | 'strategy', title: string) => ({
    name,
    title,
    values: namesOnAxis(benchmark.resolved, benchmark.trials, name).map((value) => ({ value, text: value })),
  });
  const numbers = (name: 'fraction' | 'length', title: string, format: (value: number) => string) => ({
    name,
    title,
    values: [...new Set(rows.map(({ axes }) => axes[name]))]
      .sort((a, b) => a - b)
      .map((value) => ({ value: String(value), text: format(value) })),
  });
  const statuses = trialStatuses.filter((status) => rows.some((row) => row.status === status));
  return [
    axis('init', 'Init'),
    axis('augmentation', 'Augmentation'),
    axis('strategy', 'Strategy'),
    numbers('fraction', 'Labelled', formatShare),
    numbers('length', 'Length', formatLength),
    { name: 'status', title: 'Status', values: statuses.map((value) => ({ value, text: value })) },
  ].filter(({ values }) => values.length > 1);
}

/** Entries of strategies with the values of the axis that they stand for: scripts hide and show series by them. */
export function plotLegend({ rows }: LeaderboardModel, names: SeriesNames) {
  const shown = rows.filter(({ rank }) => rank !== undefined);
  const isShown = (axis: 'init' | 'strategy') => (name: string) =>
    shown.some((row) => row.axes[axis] === name);
  return {
    strategies: strategyLegend(names.strategies, isShown('strategy')),
    inits: names.inits
      .map((name, index) => ({ name, path: shapePaths[seriesShape(index)] }))
      .filter(({ name }) => isShown('init')(name)),
  };
}
