import { createHash } from 'node:crypto';
import { costPlot, type CostPoint } from '../charts/cost-plot';
import { seriesShape, shapePaths } from '../charts/marks';
import { costInterval } from '../../statistics/cost/cost-interval';
import { costPolicies, type CostPolicy } from '../../core/cost/lineage';
import { trialStatuses } from '../../results/database/records';
import { type BoardRow, counts, type LeaderboardModel, scoreColumns } from '../model/leaderboard';
import {
  flopsUnit,
  formatFlops,
  formatScore,
  formatSeconds,
  formatShare,
  formatTime,
  noValue,
} from '../../core/text/units';
import { CONFIDENCE } from '../../statistics/bootstrap/replicates';
import { rowId } from '../model/benchmark-replicates';
import { slug } from '../templates/site-paths';
import { rowName } from '../model/row-names';
import { strategyLegend, strategySeries, type StrategySeries } from '../charts/strategy-series';
import { lastRise } from '../model/plateau';
import { costCell, costView } from './cost-view';
import { pairWidths } from './pair-widths';
import { statusView } from './status-view';
import { axisNames } from '../model/axis-names';
import { costMetrics, orderingMetrics } from '../../core/cost/metrics';

const scoreTitles: Readonly<Record<(typeof scoreColumns)[number], string>> = {
  AP: 'mean over IoU .50:.95',
  AP50: 'at IoU .50',
  AP75: 'at IoU .75',
  APs: 'small objects: area up to 32² pixels',
  APm: 'medium objects: area from 32² to 96² pixels',
  APl: 'large objects: area from 96² pixels',
};
const scoreNames: Readonly<Record<(typeof scoreColumns)[number], string>> = {
  AP: 'AP',
  AP50: 'AP50',
  AP75: 'AP75',
  APs: 'S',
  APm: 'M',
  APl: 'L',
};
/** What becomes of stages that several trials share. */
const policyNames: Readonly<Record<CostPolicy, string>> = {
  full: 'charged in full',
  amortised: 'divided among trials',
  marginal: 'left out',
};

const CONFIDENCE_TEXT = `${100 * CONFIDENCE}\u202f%`;

/** What the leaderboard page shows, as text. */
export async function leaderboardView(model: LeaderboardModel) {
  const { benchmark, rows } = model;
  const names = {
    init: axisNames(benchmark.resolved, benchmark.trials, 'init'),
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
    plots: await plots(model, names),
    policies: costPolicies.map((id, index) => ({ id, name: policyNames[id], isFirst: index === 0 })),
    costMetrics: orderingMetrics
      .filter((metric) => rows.every(({ rank, cost }) => rank === undefined || cost?.full[metric] !== null))
      .map((metric, index) => ({ id: metric, name: costMetrics[metric].name, isFirst: index === 0 })),
    ...costView(model, ({ axes }) => rowName(axes)),
    legend: legend(model, names),
    severalSeeds,
    hasControls: rows.some((row) => row.control !== undefined),
    flopsLabel: flops.label,
    filters: filters(model),
    columns: columns(severalSeeds),
    widths: pairWidths(model),
    confidence: CONFIDENCE_TEXT,
    scoreColumns: scoreColumns.map((column) => ({
      id: column,
      name: scoreNames[column],
      title: scoreTitles[column],
    })),
    rows: rows.map((row, index) => ({
      index,
      key: createHash('sha256').update(rowId(row.axes)).digest('hex').slice(0, 6),
      name: rowName(row.axes),
      rank: row.rank ?? noValue,
      rankValue: row.rank ?? '',
      rankInterval: rankText(row),
      ...row.axes,
      fraction: formatShare(row.axes.fraction),
      fractionValue: row.axes.fraction,
      href: `trials/${slug(row.trials[0]!.record.id)}.html`,
      seeds: row.trials.map(({ record }) => ({
        seed: record.axes.seed,
        href: `trials/${slug(record.id)}.html`,
        isDone: record.status === 'done',
        score: record.metrics ? `AP ${formatScore(record.metrics.stats.AP)}` : '',
        ...statusView(record.status),
      })),
      scores: scoreColumns.map((column) => {
        const spread = row.scores[column];
        return {
          text: formatScore(spread?.mean),
          value: spread === null ? '' : Number(spread.mean.toFixed(5)),
          spread: column === 'AP' ? intervalText(row, column) : '',
          title: scoreTitle(row, column),
          isMain: column === 'AP',
        };
      }),
      controlOf: row.control?.of.join(', '),
      gain: gainOf(row),
      rising: risingOf(row),
      cost: costCell(row, 'full', 'flops', flops),
      declared: row.declaredShare > 0,
      ...statusView(row.status),
      statusText: statusText(row),
      reason: row.trials.find(({ record }) => record.reason !== undefined)?.record.reason,
    })),
  };
}

function intervalText({ uncertainty }: BoardRow, column: (typeof scoreColumns)[number]): string {
  const interval = uncertainty?.intervals[column];
  return interval ? `${formatScore(interval.low)}–${formatScore(interval.high)}` : '';
}

function scoreTitle(row: BoardRow, column: (typeof scoreColumns)[number]): string {
  const interval = intervalText(row, column);
  const spread = row.scores[column];
  const seeds =
    spread !== null && spread.count > 1
      ? `, ${spread.count} seeds from ${formatScore(spread.min)} to ${formatScore(spread.max)}`
      : '';
  return interval === '' ? seeds.slice(2) : `${CONFIDENCE_TEXT} interval ${interval}${seeds}`;
}

/** Ranks that the row may have, where it is not one alone. */
function rankText({ uncertainty }: BoardRow): string {
  if (uncertainty === undefined) return '';
  const { low, high } = uncertainty.rank;
  return low === high ? String(low) : `${low}–${high}`;
}

/** Says of a row that trainings of its detectors stopped before AP was flat. */
function risingOf({ done }: BoardRow): string | undefined {
  const rising = done.filter(({ record }) => lastRise(record)?.verdict === 'rising').length;
  if (rising === 0) return undefined;
  return done.length === 1 ? 'still rising' : `still rising: ${rising} of ${done.length} seeds`;
}

/** What a strategy adds to its control, with the interval where there is one. */
function gainOf({ gain }: BoardRow) {
  if (!gain?.AP) return undefined;
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${formatScore(Math.abs(value))}`;
  const { interval } = gain;
  return {
    text: `${signed(gain.AP.mean)} over its control`,
    range: interval && `${signed(interval.low)} … ${signed(interval.high)}`,
    control: gain.control.strategy,
  };
}

function statusText(row: BoardRow): string {
  const all = row.trials.length;
  const alike = row.trials.every(({ record }) => record.status === row.status);
  return alike ? row.status : `${row.done.length} of ${all} done`;
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

interface Names {
  readonly init: readonly string[];
  readonly strategies: StrategySeries;
}

/** Without a script the first plot is seen, and the others by the switches above them. */
async function plots({ rows, benchmark, factors: { currency } }: LeaderboardModel, names: Names) {
  const scored = rows.filter((row) => row.rank !== undefined);
  if (scored.length === 0) return [];
  const list: { id: string; wide: string; narrow: string; hidden: string }[] = [];
  for (const { name: id, policy, metric } of counts) {
    if (scored.some((row) => row.cost![policy][metric] === null)) continue;
    const points = scored.map((row, index): CostPoint => {
      const { mean, min, max } = row.scores.AP!;
      const interval = row.uncertainty?.intervals.AP;
      return {
        id: index,
        cost: row.cost![policy][metric]!,
        costInterval: costInterval(row.done.flatMap(({ cost }) => cost?.[policy][metric] ?? [])),
        score: mean,
        min: interval?.low ?? min,
        max: interval?.high ?? max,
        label: rowName(row.axes),
        strategy: names.strategies.get(row.axes.strategy)!,
        init: names.init.indexOf(row.axes.init),
        onFront: row.fronts.includes(id),
        frontShare: row.uncertainty?.onFront[id],
      };
    });
    const free = points.filter((point) => point.cost <= 0).length;
    if (free === points.length) {
      list.push({ id, wide: '', narrow: '', hidden: 'All rows cost nothing when counted so.' });
      continue;
    }
    const title = `AP against cost in ${costMetrics[metric].name}, shared stages ${policyNames[policy]}, ${benchmark.title}`;
    const options = { metric, currency, title };
    list.push({
      id,
      wide: await costPlot(points, { ...options, width: 860, height: 430, tips: true }),
      narrow: await costPlot(points, { ...options, width: 358, height: 320, tips: false }),
      hidden: free === 0 ? '' : freeText(free),
    });
  }
  return list;
}

function freeText(free: number): string {
  return `${free === 1 ? 'One row costs' : `${free} rows cost`} nothing when counted so, and ${free === 1 ? 'has' : 'have'} no place on a logarithmic axis.`;
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

/** Those that a reader may hide: all but rank and init. */
function columns(severalSeeds: boolean) {
  return [
    { id: 'augmentation', name: 'Augmentation' },
    { id: 'strategy', name: 'Strategy' },
    { id: 'fraction', name: 'Labelled' },
    ...(severalSeeds ? [{ id: 'seeds', name: 'Seeds' }] : []),
    ...scoreColumns.map((column) => ({ id: column, name: scoreNames[column] })),
    { id: 'cost', name: 'Cost' },
    { id: 'value', name: 'Value' },
    { id: 'front', name: 'On front' },
    { id: 'status', name: 'Status' },
  ];
}

function legend({ rows }: LeaderboardModel, names: Names) {
  const isShown = (axis: 'init' | 'strategy') => (name: string) =>
    rows.some((row) => row.rank !== undefined && row.axes[axis] === name);
  return {
    strategies: strategyLegend(names.strategies, isShown('strategy')),
    inits: names.init
      .map((name, index) => ({ name, path: shapePaths[seriesShape(index)] }))
      .filter(({ name }) => isShown('init')(name)),
  };
}
