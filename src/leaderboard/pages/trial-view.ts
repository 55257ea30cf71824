import { formatFlops, formatScore, formatSeconds, formatShare } from '../../core/text/units';
import { probeInWords, probeOf } from '../../results/database/probes';
import type { BenchmarkResults } from '../../results/database/records';
import { signed } from '../../statistics/claims/format-claims';
import type { LeaderboardRow, LeaderboardTrial } from '../model/leaderboard';
import { intervalText } from './cells';
import { rowAnchor } from './leaderboard-table';
import { rerunCommand } from '../model/rerun-command';
import { trialTitle } from '../model/row-names';
import { stagesByKey } from '../model/stages-by-key';
import { slug } from '../templates/site-paths';
import { errorView } from './error-view';
import { pseudoLabelViews } from './pseudo-label-view';
import { settingsOf } from './settings-view';
import { stageCostView } from './stage-cost-view';
import { statusMeanings, statusView } from './status-view';
import { trialImages, type TrialImagesInput } from './trial-images-view';
import { accessView, dataOf, environmentsOf } from './trial-record-view';
import { scoresView } from './trial-scores-view';
import { failureLogOf, lineageOf, type LogLinks, stageTable } from './trial-stages-view';
import { lossCharts, type ScoreCurveInput, scoreCurveView } from './trial-training-view';
import { analysesIn } from '../../evaluation/metrics-file';
import { strategyName } from '../../core/plan/axes';
import { formatLength } from '../../core/plan/axes';

export interface TrialViewInput extends TrialImagesInput, ScoreCurveInput, LogLinks {
  readonly benchmark: BenchmarkResults;
  readonly artifactFolder: (key: string) => string;
  /** Its row of the leaderboard. */
  readonly row?: LeaderboardRow;
  /** The trials before and after it in the order of the matrix. */
  readonly neighbours: readonly [previous?: LeaderboardTrial, next?: LeaderboardTrial];
  /** Address of the page that shows images of two trials, this one chosen; absent where there are no images. */
  readonly compareHref?: string;
}

/** What a trial's page shows, as text. */
export async function trialView(input: TrialViewInput) {
  const { benchmark, trial, artifactFolder } = input;
  const { record } = trial;
  const byKey = stagesByKey(benchmark);
  const stages = record.stageKeys.flatMap((key) => byKey.get(key) ?? []);
  const analyses = analysesIn(record.metrics);
  const names = record.metrics?.categoryNames ?? {};
  return {
    name: trialTitle(record.axes),
    axes: axesView(record.axes),
    links: linksView(input),
    ...statusView(record.status),
    statusMeaning: statusMeanings[record.status],
    reason: record.reason,
    code: record.code,
    logFile: record.logFile,
    failureLog: failureLogOf(stages, input),
    command: rerunCommand(benchmark.file, record),
    control: controlView(input),
    probe: probeText(input),
    facts: factsOf(trial),
    scores: scoresView(record.metrics, names),
    errors: analyses && (await errorView(analyses, names)),
    pseudoLabels: await pseudoLabelViews(stages, artifactFolder, names),
    compareHref: input.compareHref,
    stageTable: stageTable(stages, trial, input),
    stageCosts: stageCostView(stages),
    lineage: lineageOf(stages, trial),
    lossCharts: await lossCharts(stages, artifactFolder),
    scoreCurve: await scoreCurveView(input, stages),
    images: await trialImages(input),
    settings: settingsOf(stages),
    environments: environmentsOf(benchmark, stages),
    data: dataOf(stages),
    access: accessView(record, stages, artifactFolder),
  };
}

function axesView({ init, augmentation, strategy, fraction, seed }: LeaderboardTrial['record']['axes']) {
  return [
    { name: 'init', value: init },
    { name: 'augmentation', value: augmentation },
    { name: 'strategy', value: strategy },
    { name: 'labelled', value: formatShare(fraction) },
    { name: 'seed', value: String(seed) },
  ];
}

/** Links to the row, to its other seeds, and to the neighbours in the matrix. */
function linksView({ trial, row, neighbours: [previous, next] }: TrialViewInput) {
  const link = (other: LeaderboardTrial | undefined, name: string) =>
    other && { name, title: trialTitle(other.record.axes), href: `${slug(other.record.id)}.html` };
  return {
    rowHref: row && `../index.html#${rowAnchor(row.axes)}`,
    seeds: (row?.trials ?? [])
      .filter((other) => other !== trial)
      .map((other) => link(other, String(other.record.axes.seed))),
    neighbours: [link(previous, '← previous trial'), link(next, 'next trial →')].filter(Boolean),
  };
}

function factsOf({ record: { metrics, status }, cost }: LeaderboardTrial) {
  if (metrics === undefined) return [];
  const { AP, AP50 } = metrics.stats;
  return [
    { name: 'AP', value: formatScore(AP), note: intervalText(metrics.intervals?.scores.AP), isMain: true },
    { name: 'AP50', value: formatScore(AP50) },
    ...(cost && status === 'done'
      ? [
          { name: 'cost, full', value: formatFlops(cost.full.flops) },
          { name: 'cost, amortised', value: formatFlops(cost.amortised.flops) },
          { name: 'device time, full', value: formatSeconds(cost.full.deviceSeconds) },
        ]
      : []),
  ];
}

/** How good its initial weights are in their own task. */
function probeText({ trial, benchmark }: TrialViewInput): string | undefined {
  const probe = probeOf(trial.record, benchmark);
  return probe && probeInWords(probe);
}

/** Of a control: the strategies it controls. Of a trial that has one: its control, and by how much it is better. */
function controlView({ trial, control: other, row }: TrialViewInput) {
  const { control, axes, metrics } = trial.record;
  if (control !== undefined) {
    return { of: control.of.map(strategyName).join(', '), longer: formatLength(axes.length) };
  }
  if (other === undefined) return undefined;
  const { record } = other;
  const [own, its] = [metrics?.stats.AP, record.metrics?.stats.AP];
  const gain = typeof own === 'number' && typeof its === 'number' ? own - its : undefined;
  return {
    matched: {
      strategy: strategyName(axes),
      href: `${slug(record.id)}.html`,
      longer: formatLength(record.axes.length),
      AP: formatScore(its),
      gain: gain === undefined ? undefined : formatScore(Math.abs(gain)),
      isBetter: gain !== undefined && gain >= 0,
      status: record.status,
      overSeeds: gainOverSeeds(row),
    },
  };
}

/** The gain of the trial's row, over its seeds. */
function gainOverSeeds(row: LeaderboardRow | undefined): string | undefined {
  const AP = row?.gain?.AP;
  if (!AP || AP.count < 2) return undefined;
  const points = (share: number) => signed(100 * share);
  const { interval } = row.gain;
  return `${points(AP.mean)}${interval ? ` (${points(interval.low)} to ${points(interval.high)})` : ''} over ${AP.count} seeds`;
}
