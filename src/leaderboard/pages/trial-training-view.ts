import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { artifactFiles } from '../../core/plan/stage-job';
import { flopsUnit, formatCount } from '../../core/text/units';
import type { StageRecord } from '../../results/database/records';
import { signed } from '../../statistics/claims/format-claims';
import { type Chart, chartOf } from '../charts/chart';
import { lossCurve, readCurve } from '../charts/loss-curve';
import { scoreCurve, type ScoreSeries } from '../charts/score-curve';
import type { LeaderboardTrial } from '../model/leaderboard';
import { type Improvement, improvementsOf } from '../model/plateau';
import type { TrialCurves } from '../model/trial-curves';
import { table } from '../templates/table';
import { amountCell, countCell, scoreCell } from './cells';

/** Training losses of a trial's stages. */
export async function lossCharts(stages: readonly StageRecord[], artifactFolder: (key: string) => string) {
  const charts: { label: string; chart: Chart }[] = [];
  for (const stage of stages) {
    if (stage.kind !== 'train' || stage.status !== 'done') continue;
    const curve = readCurve(readJson(join(artifactFolder(stage.key), artifactFiles.curve)));
    if (curve === undefined) continue;
    charts.push({
      label: stage.label,
      chart: await chartOf(`Training loss of ${stage.label}`, [440, 200], (drawing) =>
        lossCurve(curve, drawing),
      ),
    });
  }
  return charts;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

export interface ScoreCurveInput {
  readonly trial: LeaderboardTrial;
  /** The trial's compute-matched control. */
  readonly control?: LeaderboardTrial;
  readonly curves: TrialCurves;
}

/** AP along training against cumulative cost, beside the control's. */
export async function scoreCurveView(
  { trial, control, curves }: ScoreCurveInput,
  stages: readonly StageRecord[],
) {
  const labels = new Map(stages.map((stage) => [stage.key, stage.label]));
  const labelOf = (training: string) => labels.get(training) ?? 'train';
  const seriesOf = (of: LeaderboardTrial): ScoreSeries | undefined => {
    const points = curves.pointsOf(of).map(({ training, AP, cost }) => ({
      training: labelOf(training),
      AP,
      flops: cost.full.flops,
    }));
    return points.length === 0 ? undefined : { label: of.record.axes.strategy, points };
  };
  const own = seriesOf(trial);
  if (own === undefined) return undefined;
  const other = control && seriesOf(control);
  const flops = flopsUnit(own.points.map((point) => point.flops));
  return {
    chart: await chartOf('AP along training', [440, 240], (drawing) => scoreCurve(own, other, drawing)),
    hasControl: other !== undefined,
    improvements: improvementsOf(trial.record).map((each) => improvementView(each, labelOf(each.training))),
    table: table({
      title: 'AP along training',
      rows: curves.pointsOf(trial),
      columns: [
        { name: 'Training', isHeader: true, cell: ({ training }) => labelOf(training) },
        { name: 'Step', isNumber: true, cell: ({ step }) => countCell(step) },
        {
          name: flops.label,
          valueUnit: 'FLOP',
          isNumber: true,
          cell: ({ cost }) => amountCell(cost.full.flops, flops),
        },
        { name: 'AP', isNumber: true, className: 'main', cell: ({ AP }) => scoreCell(AP) },
      ],
    }),
  };
}

const verdictTexts: Readonly<Record<Improvement['verdict'], string>> = {
  rising: 'still rising when it ended: this schedule stops short of a plateau',
  flat: 'flat within the noise of the validation images',
  falling: 'falling when it ended',
  unknown: 'no interval: these points were scored without resampled images',
};

/** What AP did between the last two points of a training. */
function improvementView({ fromStep, toStep, estimate, interval, verdict }: Improvement, label: string) {
  const points = (share: number) => signed(100 * share);
  return {
    label,
    steps: `from step ${formatCount(fromStep)} to ${formatCount(toStep)}`,
    change: points(estimate),
    interval: interval && `${points(interval.low)} to ${points(interval.high)}`,
    text: verdictTexts[verdict],
  };
}
