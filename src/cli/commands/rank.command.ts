import { Command } from 'nest-commander';
import { formatSeconds } from '../../core/text/units';
import { formatP } from '../../statistics/claims/format-claims';
import type { Spread } from '../../statistics/bootstrap/noise-shares';
import { resultsOf } from '../common/benchmark-selection';
import { formatInterval, formatRank, signedPercent } from '../format/format-intervals';
import { print, printJson } from '../terminal/output';
import { type Ranking, rankingOf } from '../common/ranking';
import { WorkspaceResults } from '../common/workspace-results';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { table } from '../terminal/table';
import { percent } from '../format/trial-table';
import { summaryOf } from './summaries';

@Command({ ...summaryOf('rank'), arguments: '[benchmark]' })
export class RankCommand extends RethinkCommand {
  protected override readonly examples = ['rank quickstart', 'rank quickstart --json'];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute([name]: string[], { json }: CommonOptions): Promise<void> {
    const ranking = rankingOf(await resultsOf(name, this.results));
    if (json === true) printJson(ranking);
    else print(format(ranking));
  }
}

function format(ranking: Ranking): string {
  return [
    ...rowsText(ranking),
    ...noiseText(ranking),
    ...nextText(ranking),
    ...(ranking.leftOut.length === 0
      ? []
      : ['', 'Left out:', ...ranking.leftOut.map(({ id, reason }) => `  ${id}: ${reason}`)]),
  ].join('\n');
}

function rowsText({ benchmark, rows, confidence, resamples }: Ranking): string[] {
  if (rows.length === 0) return [`No trial of ${benchmark} is done and has resamples: nothing to rank.`];
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
        axes.strategy,
        axes.fraction,
        seeds.length,
        percent(AP),
        formatInterval(interval),
        onFront['full-flops'] === undefined ? '–' : onFront['full-flops'].toFixed(2),
        behind === undefined ? '' : signedPercent(-behind.difference),
        behind === undefined
          ? ''
          : formatInterval({ low: -behind.interval.high, high: -behind.interval.low }),
        behind === undefined ? '' : formatP(behind.p),
      ]),
    ),
    '',
    `AP in percent; ${resamples} resamples of the images. Ranks, differences and p-values hold for all rows together;`,
    'rows of a group can’t be told from its best one. On front: probability of being on the front of full cost in FLOPs.',
  ];
}

function noiseText({ noise, confidence }: Ranking): string[] {
  if (noise === undefined) return [];
  const sd = ({ sd: value, interval }: Spread): string =>
    `${(100 * value).toFixed(2)} AP (${100 * confidence} %: ${(100 * interval.low).toFixed(2)} … ${(100 * interval.high).toFixed(2)})`;
  return [
    '',
    'Noise of one training run, as a standard deviation:',
    `  from the choice of images  ${sd(noise.testSet)}`,
    noise.seed === null
      ? '  from the seed              not measured: no row has two seeds. Intervals lack it.'
      : `  from the seed              ${sd(noise.seed)}, of which ${(100 * noise.commonSeedSd!).toFixed(2)} moves all rows alike`,
  ];
}

const SHOWN = 5;

function nextText({ next, rows }: Ranking): string[] {
  if (rows.length === 0) return [];
  if (next === undefined) {
    const top = rows.filter(({ group }) => group === 1).slice(0, SHOWN);
    return [
      '',
      'Next: a second seed, so that the noise of seeds is known. Of the rows at the top:',
      ...top.map(({ row }) => `  run … --seeds 2 --only ${row}`),
    ];
  }
  if (next.suggestions.length === 0) return ['', 'Next: nothing; the best row is surely the best.'];
  return [
    '',
    `Next seed: what narrows the differences to the best row most for its device time (now ± ${(100 * next.suggestions[0]!.halfWidth).toFixed(2)} AP in the mean)`,
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
          ? `  ${row}, ${(100 * behind).toFixed(1)} AP behind: no number of seeds tells it from the best; more images would.`
          : `  ${row}, ${(100 * behind).toFixed(1)} AP behind: ${seedsToSeparate} seeds of both would tell it from the best.`,
      ),
  ];
}
