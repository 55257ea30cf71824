import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stats } from '../../evaluation/summarise';
import { readOutcomeFile } from '../../core/plan/outcome-file';
import { artifactFiles } from '../../core/plan/stage-job';
import type { BenchmarkResults, StageRecord } from '../../results/database/records';
import { lineageDrawing } from '../charts/lineage-drawing';
import { scoreCurve, type ScoreSeries } from '../charts/score-curve';
import { lossCurve, readCurve } from '../charts/loss-curve';
import { dataAccess } from '../../results/database/data-access';
import { probeInWords, probeOf } from '../../results/database/probes';
import type { BoardTrial } from '../model/leaderboard';
import { stagesByKey } from '../model/stages-by-key';
import type { TrialCurves } from '../model/trial-curves';
import type { TrialDetections } from '../model/trial-detections';
import {
  flopsUnit,
  formatBytes,
  formatCount,
  formatFlops,
  formatScore,
  formatSeconds,
  formatShare,
  formatTime,
  secondsUnit,
} from '../../core/text/units';
import { type Agreement, agreements, chooseImages, IMAGE_IOU, IMAGE_SCORE } from '../images/agreement';
import { captionOf, overlay } from '../images/overlay';
import type { ImageStore } from '../images/image-files';
import { rerunCommand } from '../model/rerun-command';
import type { StageLogs } from '../model/stage-logs';
import { slug } from '../templates/site-paths';
import type { Interval } from '../../statistics/bootstrap/intervals';
import { signed } from '../../statistics/claims/format-claims';
import { type Rise, risesOf } from '../model/plateau';
import { CONFIDENCE } from '../../statistics/bootstrap/replicates';
import { analysesIn, type ImageIntervals } from '../../evaluation';
import { errorView } from './error-view';
import { pseudoLabelViews } from './pseudo-label-view';
import { settingsOf } from './settings-view';
import { stageCostView } from './stage-cost-view';
import { statusMeanings, statusView } from './status-view';
import { stageKinds } from '../../core/plan/stage-kinds';
import { trialName } from '../model/row-names';

export interface TrialViewInput {
  readonly benchmark: BenchmarkResults;
  readonly trial: BoardTrial;
  readonly artifactFolder: (key: string) => string;
  readonly images: ImageStore;
  /** Address of the images' folder, seen from the page. */
  readonly imagesHref: string;
  /** What it detected; absent where it has no result. */
  readonly shown?: TrialDetections;
  readonly curves: TrialCurves;
  /** The trial's compute-matched control. */
  readonly rival?: BoardTrial;
  readonly logs: StageLogs;
  /** Address of the logs' folder, seen from the page. */
  readonly logsHref: string;
  /** Address of the page that shows images of two trials, this one chosen; absent where there are no images. */
  readonly compareHref?: string;
}

const scoreRows: readonly (readonly [name: keyof Stats, iou: string, area: string, most: number])[] = [
  ['AP', '.50:.95', 'all', 100],
  ['AP50', '.50', 'all', 100],
  ['AP75', '.75', 'all', 100],
  ['APs', '.50:.95', 'small', 100],
  ['APm', '.50:.95', 'medium', 100],
  ['APl', '.50:.95', 'large', 100],
  ['AR1', '.50:.95', 'all', 1],
  ['AR10', '.50:.95', 'all', 10],
  ['AR100', '.50:.95', 'all', 100],
  ['ARs', '.50:.95', 'small', 100],
  ['ARm', '.50:.95', 'medium', 100],
  ['ARl', '.50:.95', 'large', 100],
];

/** What a trial's page shows, as text. */
export async function trialView(input: TrialViewInput) {
  const { benchmark, trial, artifactFolder } = input;
  const { record, cost } = trial;
  const byKey = stagesByKey(benchmark);
  const stages = record.stageKeys.flatMap((key) => byKey.get(key) ?? []);
  const { init, augmentation, strategy, fraction, seed } = record.axes;
  const stats = record.metrics?.stats;
  const analyses = analysesIn(record.metrics);
  const names = record.metrics?.categoryNames ?? {};
  const intervals = record.metrics?.intervals;
  return {
    name: trialName(record.axes),
    id: record.id,
    axes: [
      { name: 'init', value: init },
      { name: 'augmentation', value: augmentation },
      { name: 'strategy', value: strategy },
      { name: 'labelled', value: formatShare(fraction) },
      { name: 'seed', value: String(seed) },
    ],
    ...statusView(record.status),
    statusMeaning: statusMeanings[record.status],
    reason: record.reason,
    code: record.code,
    logFile: record.logFile,
    failureLog: failureLogOf(stages, input),
    command: rerunCommand(benchmark.file, record),
    control: controlOf(input),
    probe: probeTextOf(input),
    facts: [
      ...(stats
        ? [
            { name: 'AP', value: formatScore(stats.AP), isMain: true },
            { name: 'AP50', value: formatScore(stats.AP50), isMain: false },
          ]
        : []),
      ...(cost && stats && record.status === 'done'
        ? [
            { name: 'cost, full', value: formatFlops(cost.full.flops), isMain: false },
            { name: 'cost, amortised', value: formatFlops(cost.amortised.flops), isMain: false },
            { name: 'device time, full', value: formatSeconds(cost.full.deviceSeconds), isMain: false },
          ]
        : []),
    ],
    scores: stats
      ? scoreRows.map(([name, iou, area, most]) => ({
          name,
          iou,
          area,
          most,
          value: formatScore(stats[name]),
          interval: intervalText(intervals?.scores[name]),
        }))
      : undefined,
    intervalTitle: intervals ? `${100 * CONFIDENCE}\u202f% by images` : undefined,
    categories: categoriesOf(record.metrics, intervals, names),
    errors: analyses && (await errorView(analyses, names)),
    pseudoLabels: await pseudoLabelViews(stages, artifactFolder, names),
    compareHref: input.compareHref,
    stageTable: stageTable(stages, input),
    stageCosts: stageCostView(stages),
    lineage: lineageOf(stages, trial),
    curves: await curvesOf(stages, artifactFolder),
    scoreCurve: await scoreCurveOf(input, stages),
    images: await imagesOf(input),
    settings: settingsOf(stages),
    environments: environmentsOf(benchmark, stages),
    data: dataOf(benchmark, stages),
    access:
      record.access ?? dataAccess(stages, (stage) => outcomeOf(stage, artifactFolder)?.outcome.imageIds),
  };
}

function intervalText(interval: Interval | null | undefined): string {
  return interval ? `${formatScore(interval.low)}–${formatScore(interval.high)}` : '';
}

function categoriesOf(
  metrics: BoardTrial['record']['metrics'],
  intervals: ImageIntervals | undefined,
  names: Readonly<Record<string, string>>,
) {
  if (metrics === undefined) return undefined;
  return Object.entries(metrics.perCategory)
    .map(([id, scores]) => ({
      id,
      name: names[id] ?? `category ${id}`,
      AP: formatScore(scores.AP),
      AP50: formatScore(scores.AP50),
      AR100: formatScore(scores.AR100),
      intervals: intervals && {
        AP: intervalText(intervals.perCategory[id]?.AP),
        AP50: intervalText(intervals.perCategory[id]?.AP50),
        AR100: intervalText(intervals.perCategory[id]?.AR100),
      },
      order: scores.AP ?? -1,
      // A bar of the table: a hundred units wide.
      bar: scores.AP === null ? 0 : Math.round(1000 * scores.AP) / 10,
    }))
    .sort((a, b) => b.order - a.order || (a.name < b.name ? -1 : 1));
}

const isCharged = (stage: StageRecord) => stageKinds[stage.kind].isCharged;

function stageTable(stages: readonly StageRecord[], { trial: { cost }, logs, logsHref }: TrialViewInput) {
  const flops = flopsUnit(stages.map((stage) => stage.ledger?.flops ?? null));
  const seconds = secondsUnit(stages.map((stage) => stage.ledger?.deviceSeconds ?? null));
  const wall = secondsUnit(stages.map((stage) => stage.ledger?.wallSeconds ?? null));
  const costs = new Map(cost?.stages.map((stage) => [stage.key, stage]));
  const complete = cost?.missing.length === 0;
  return {
    flopsLabel: flops.label,
    secondsLabel: seconds.label,
    wallLabel: wall.label,
    rows: stages.map((stage) => {
      const of = costs.get(stage.key);
      const users = of?.users ?? 1;
      return {
        label: stage.label,
        kind: stage.kind,
        key: stage.key.slice(0, 12),
        status: stage.status,
        logHref: logOf(stage, logs, logsHref),
        flops: flops.format(stage.ledger?.flops),
        seconds: seconds.format(stage.ledger?.deviceSeconds),
        wall: wall.format(stage.ledger?.wallSeconds),
        images: stage.ledger ? formatCount(stage.ledger.imagesSeen) : '–',
        memory: stage.ledger ? formatBytes(stage.ledger.peakMemoryBytes) : '–',
        users,
        shared: users > 1,
        charged: isCharged(stage),
        declared: stage.ledger?.declared === true ? (stage.ledger.source ?? 'declared') : undefined,
      };
    }),
    totals: cost && [
      {
        name: 'full',
        note: complete ? 'all of it' : 'all that has run so far',
        flops: flops.format(cost.full.flops),
        seconds: seconds.format(cost.full.deviceSeconds),
        wall: wall.format(cost.full.wallSeconds),
      },
      {
        name: 'amortised',
        note: 'shared stages divided among their trials',
        flops: flops.format(cost.amortised.flops),
        seconds: seconds.format(cost.amortised.deviceSeconds),
        wall: wall.format(cost.amortised.wallSeconds),
      },
      {
        name: 'marginal',
        note: 'what only this trial uses',
        flops: flops.format(cost.marginal.flops),
        seconds: seconds.format(cost.marginal.deviceSeconds),
        wall: wall.format(cost.marginal.wallSeconds),
      },
    ],
  };
}

/** The copy of the log in which a failed trial's reason stands. */
function failureLogOf(
  stages: readonly StageRecord[],
  { logs, logsHref }: TrialViewInput,
): string | undefined {
  const failed = stages.find(({ status }) => status === 'failed');
  return failed && logOf(failed, logs, logsHref);
}

/** Stages that have run, or tried to, have left a log; whether it is still there is another matter. */
function logOf({ key, attempt }: StageRecord, logs: StageLogs, href: string): string | undefined {
  const name = attempt > 0 ? logs.copy(key) : undefined;
  return name === undefined ? undefined : `${href}${name}`;
}

function lineageOf(stages: readonly StageRecord[], { cost, record }: BoardTrial): string | undefined {
  if (stages.length === 0) return undefined;
  const costs = new Map(cost?.stages.map((stage) => [stage.key, stage]));
  return lineageDrawing(
    stages.map((stage) => {
      const of = costs.get(stage.key);
      const shared = (of?.users ?? 1) > 1;
      return {
        key: stage.key,
        label: stage.label,
        cost: stage.ledger ? formatFlops(stage.ledger.flops) : stage.status,
        note: !isCharged(stage)
          ? 'scoring: not charged'
          : shared
            ? `shared by ${of!.users} trials`
            : of?.declared === true
              ? 'declared'
              : stage.ledger === undefined
                ? 'has not run'
                : 'this trial only',
        parents: Object.values(stage.inputs),
        shared,
        charged: isCharged(stage),
        state:
          stage.status === 'done'
            ? ('done' as const)
            : stage.status === 'failed' || stage.status === 'blocked'
              ? ('failed' as const)
              : ('waiting' as const),
      };
    }),
    `Lineage of ${record.id}`,
  );
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

async function curvesOf(stages: readonly StageRecord[], artifactFolder: (key: string) => string) {
  const curves: { label: string; wide: string; narrow: string }[] = [];
  for (const stage of stages) {
    if (stage.kind !== 'train' || stage.status !== 'done') continue;
    const curve = readCurve(readJson(join(artifactFolder(stage.key), artifactFiles.curve)));
    if (curve === undefined) continue;
    const title = `Training loss of ${stage.label}`;
    curves.push({
      label: stage.label,
      wide: await lossCurve(curve, { title, width: 560, height: 220 }),
      narrow: await lossCurve(curve, { title, width: 358, height: 200 }),
    });
  }
  return curves;
}

/** AP along training against cumulative cost, beside the control's. */
async function scoreCurveOf({ trial, rival, curves }: TrialViewInput, stages: readonly StageRecord[]) {
  const labels = new Map(stages.map((stage) => [stage.key, stage.label]));
  const seriesOf = (of: BoardTrial, label: string): ScoreSeries | undefined => {
    const points = curves.pointsOf(of).map(({ training, AP, cost }) => ({
      training: labels.get(training) ?? 'train',
      AP,
      flops: cost.full.flops,
    }));
    return points.length === 0 ? undefined : { label, points };
  };
  const own = seriesOf(trial, trial.record.axes.strategy);
  if (own === undefined) return undefined;
  const control = rival && seriesOf(rival, rival.record.axes.strategy);
  const title = 'AP along training';
  const flops = flopsUnit(own.points.map((point) => point.flops));
  return {
    wide: await scoreCurve(own, control, { title, width: 560, height: 260 }),
    narrow: await scoreCurve(own, control, { title, width: 358, height: 230 }),
    flopsLabel: flops.label,
    hasControl: control !== undefined,
    rises: risesOf(trial.record).map((rise) => riseView(rise, labels.get(rise.training) ?? 'train')),
    rows: curves.pointsOf(trial).map(({ training, step, AP, cost }) => ({
      training: labels.get(training) ?? 'train',
      step: formatCount(step),
      AP: formatScore(AP),
      flops: flops.format(cost.full.flops),
    })),
  };
}

const riseWords: Readonly<Record<Rise['verdict'], string>> = {
  rising: 'still rising when it ended: this schedule stops short of a plateau',
  flat: 'flat within the noise of the validation images',
  falling: 'falling when it ended',
  unknown: 'no interval: these points were scored without resampled images',
};

/** What AP did between the last two points of a training. */
function riseView({ fromStep, toStep, estimate, interval, verdict }: Rise, label: string) {
  const points = (share: number) => signed(100 * share);
  return {
    label,
    verdict,
    steps: `from step ${formatCount(fromStep)} to ${formatCount(toStep)}`,
    change: points(estimate),
    interval: interval && `${points(interval.low)} to ${points(interval.high)}`,
    words: riseWords[verdict],
  };
}

/** How good its initial weights are in their own task. */
function probeTextOf({ trial, benchmark }: TrialViewInput): string | undefined {
  const probe = probeOf(trial.record, benchmark);
  return probe && probeInWords(probe);
}

/** Of a control: whose it is. Of a trial that has one: what it has to beat, and by how much it does. */
function controlOf({ trial, rival }: TrialViewInput) {
  const { control, axes, metrics } = trial.record;
  if (control !== undefined) return { of: control.of.join(', '), schedules: control.schedules.join(' + ') };
  if (rival === undefined) return undefined;
  const { record } = rival;
  const [own, other] = [metrics?.stats.AP, record.metrics?.stats.AP];
  const gain = typeof own === 'number' && typeof other === 'number' ? own - other : undefined;
  return {
    rival: {
      name: record.axes.strategy,
      strategy: axes.strategy,
      href: `${slug(record.id)}.html`,
      schedules: record.control!.schedules.join(' + '),
      AP: formatScore(other),
      gain: gain === undefined ? undefined : formatScore(Math.abs(gain)),
      isBetter: gain !== undefined && gain >= 0,
      status: record.status,
    },
  };
}

async function imagesOf({ shown, images: store, imagesHref }: TrialViewInput) {
  if (shown === undefined || shown.missing !== undefined) return shown;
  const { truth, detections, location } = shown;
  const all = agreements(truth, detections);
  const categories = truth.categories.map(({ id, name }) => name ?? String(id));
  const chosen = chooseImages(all);
  const draw = async (list: readonly Agreement[]) => {
    const drawn: { svg?: string; name: string; caption: string; missing?: string }[] = [];
    for (const agreement of list) {
      const image = truth.images[agreement.image]!;
      const name = image.file_name ?? `image ${image.id}`;
      const stored = await store.store(location.images, name);
      const caption = captionOf(agreement);
      if (!stored.ok || !image.width || !image.height) {
        drawn.push({ name, caption, missing: stored.ok ? 'its size is not known' : stored.reason });
        continue;
      }
      const { width, height } = image;
      const href = `${imagesHref}${stored.file}`;
      drawn.push({ name, caption, svg: overlay(agreement, { width, height, href, categories, name }) });
    }
    return drawn;
  };
  return {
    threshold: IMAGE_SCORE.toFixed(1),
    iou: IMAGE_IOU.toFixed(1),
    groups: [
      { name: 'The same images for every trial', images: await draw(chosen.same) },
      { name: 'Best', images: await draw(chosen.best) },
      { name: 'Worst', images: await draw(chosen.worst) },
    ].filter((group) => group.images.length > 0),
  };
}

function outcomeOf(stage: StageRecord, artifactFolder: (key: string) => string) {
  try {
    return readOutcomeFile(artifactFolder(stage.key));
  } catch {
    // An artifact that was cleared away or is of another version: the page says that there is no record.
    return undefined;
  }
}

function environmentsOf(benchmark: BenchmarkResults, stages: readonly StageRecord[]) {
  const ids = [...new Set(stages.flatMap((stage) => stage.environmentId ?? []))];
  return ids.flatMap((id) => {
    const facts = benchmark.environments[id];
    if (facts === undefined) return [];
    const used = stages.filter((stage) => stage.environmentId === id);
    const commit = facts.commit?.slice(0, 12);
    return [
      {
        stages: used.map((stage) => stage.label).join(', '),
        when: used
          .flatMap((stage) => stage.startedAt ?? [])
          .sort()
          .slice(0, 1)
          .map(formatTime)
          .join(''),
        rows: [
          { name: 'machine', value: `${facts.cpu}, ${facts.cores} cores, ${formatBytes(facts.memoryBytes)}` },
          ...(facts.gpu === undefined ? [] : [{ name: 'GPU', value: facts.gpu }]),
          { name: 'system', value: `${facts.platform}, Node.js ${facts.node.replace(/^v/, '')}` },
          { name: 'engine', value: `${facts.engine} (${facts.backend})` },
          {
            name: 'Rethink Bench',
            value: `${facts.rethink}${commit === undefined ? '' : `, commit ${commit}`}${facts.dirty === true ? ', with changes that are not committed' : ''}`,
          },
        ],
      },
    ];
  });
}

/** Role → digest of the data that the trial's stages name. */
function dataOf(benchmark: BenchmarkResults, stages: readonly StageRecord[]) {
  const found = new Map<string, Set<string>>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { role, datasetDigest, fraction } = value as Record<string, unknown>;
    if (typeof role === 'string' && typeof datasetDigest === 'string') {
      const share =
        typeof fraction === 'number' && fraction < 1 ? `${role}, ${formatShare(fraction)} of it` : role;
      found.set(datasetDigest, (found.get(datasetDigest) ?? new Set()).add(share));
    }
    Object.values(value).forEach(visit);
  };
  for (const stage of stages) visit(stage.parameters);
  return [...found].map(([digest, roles]) => ({ digest, roles: [...roles].join('; ') }));
}
