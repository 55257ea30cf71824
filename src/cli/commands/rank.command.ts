import { Command } from 'nest-commander';
import { formatSeconds } from '../../core/text/units';
import { formatP } from '../../statistics/claims/format-claims';
import type { NoiseSpread } from '../../statistics/bootstrap/noise-shares';
import { resultsOf } from '../common/benchmark-selection';
import { formatApInterval, formatRank, signedPercent } from '../format/format-intervals';
import { print, printJson } from '../terminal/output';
import { type Ranking, rankingOf } from '../common/ranking';
import { WorkspaceResults } from '../common/workspace-results';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { table } from '../terminal/table';
import { percent } from '../format/trial-table';
import { summaryOf } from './summaries';
import { strategyName } from '../../core/plan/axes';

@Command({ ...summaryOf('rank'), arguments: '[benchmark]' })
export class RankCommand extends RethinkCommand {
  protected override readonly examples = ['rank quickstart', 'rank quickstart --json'];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute([name]: string[], { json }: CommonOptions): Promise<void> {
    const ranking = rankingOf(await resultsOf(name, this.results));
    if (json === true) printJson(ranking);
    else print(formatRanking(ranking));
  }
}

function formatRanking(ranking: Ranking): string {
  return [
    ...formatRows(ranking),
    ...formatNoise(ranking),
    ...formatNextSeeds(ranking),
    ...(ranking.leftOut.length === 0
      ? []
      : ['', 'Left out:', ...ranking.leftOut.map(({ id, reason }) => `  ${id}: ${reason}`)]),
  ].join('\n');
}

function formatRows({ benchmark, rows, confidence, resamples }: Ranking): string[] {
  if (rows.length === 0) return [`Nothing to rank: no finished trial of ${benchmark} has resamples.`];
  const level = `${100 * confidence} %`;
  return [
    table(
      [
        'RANK',
        'GROUP',
        'INIT',
        'AUGMENTATION',
        'STRATEGY',
        'FRACTION',
        'SEEDS',
        'AP',
        level,
        'ON FRONT',
        'TO BEST',
        level,
        'P',
      ],
      rows.map(({ rank, group, axes, seeds, AP, interval, onFront, behind }) => [
        formatRank(rank),
        group,
        axes.init,
        axes.augmentation,
        strategyName(axes),
        axes.fraction,
        seeds.length,
        percent(AP),
        formatApInterval(interval),
        onFront['full-flops'] === undefined ? '–' : onFront['full-flops'].toFixed(2),
        behind === undefined ? '' : signedPercent(-behind.difference),
        behind === undefined
          ? ''
          : formatApInterval({ low: -behind.interval.high, high: -behind.interval.low }),
        behind === undefined ? '' : formatP(behind.p),
      ]),
    ),
    '',
    `AP in percent; ${resamples} resamples of the images. Ranks, differences and p-values hold simultaneously for all rows;`,
    'rows of a group do not differ significantly from its best row. On front: probability of being on the Pareto front (full cost, FLOPs).',
  ];
}

function formatNoise({ noise, confidence }: Ranking): string[] {
  if (noise === undefined) return [];
  const sd = ({ sd: value, interval }: NoiseSpread): string =>
    `${(100 * value).toFixed(2)} AP (${100 * confidence} %: ${(100 * interval.low).toFixed(2)} … ${(100 * interval.high).toFixed(2)})`;
  return [
    '',
    'Noise of one training run (standard deviation):',
    `  from the test images  ${sd(noise.testSet)}`,
    noise.seed === null
      ? '  from the seed         not measured: no row has two seeds, and intervals do not include it'
      : `  from the seed         ${sd(noise.seed)}, of which ${(100 * noise.commonSeedSd!).toFixed(2)} is common to all rows`,
  ];
}

const SHOWN = 5;

function formatNextSeeds({ next, rows }: Ranking): string[] {
  if (rows.length === 0) return [];
  if (next === undefined) {
    const top = rows.filter(({ group }) => group === 1).slice(0, SHOWN);
    return [
      '',
      'Next: run a second seed to measure the noise between seeds, starting with the top rows:',
      ...top.map(({ row }) => `  run … --seeds 2 --only ${row}`),
    ];
  }
  if (next.suggestions.length === 0)
    return ['', 'Next: nothing; the best row is significantly better than all others.'];
  return [
    '',
    `Next seeds: largest reduction of uncertainty about the best row per device time (now ± ${(100 * next.suggestions[0]!.halfWidth).toFixed(2)} AP on average)`,
    table(
      ['ROW', 'SEED', 'THEN ±', 'DEVICE TIME', 'GAIN PER HOUR'],
      next.suggestions
        .slice(0, SHOWN)
        .map(({ row, seed, expected, deviceHours, gainPerDeviceHour }) => [
          row,
          seed,
          (100 * expected).toFixed(2),
          formatSeconds(deviceHours === null ? null : 3600 * deviceHours),
          gainPerDeviceHour === null ? '–' : `${Number((100 * gainPerDeviceHour).toPrecision(2))} AP`,
        ]),
    ),
    ...next.contenders
      .slice(0, SHOWN)
      .map(({ row, behind, seedsToSeparate }) =>
        seedsToSeparate === null
          ? `  ${row}, ${(100 * behind).toFixed(1)} AP behind: more seeds cannot separate it from the best row; more images could.`
          : `  ${row}, ${(100 * behind).toFixed(1)} AP behind: ${seedsToSeparate} seeds of both rows would separate it from the best row.`,
      ),
  ];
}
