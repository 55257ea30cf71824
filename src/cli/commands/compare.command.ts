import { existsSync } from 'node:fs';
import { Command } from 'nest-commander';
import { RethinkError } from '../../contract';
import {
  compareFiles,
  type FileComparison,
  type NamedDetections,
} from '../../statistics/bootstrap/compare-files';
import { formatP } from '../../statistics/claims/format-claims';
import { formatApInterval, formatRank, signedPercent } from '../format/format-intervals';
import { log, print, printJson } from '../terminal/output';
import {
  evaluationFlags,
  type EvaluationOptions,
  parametersFrom,
  subsetFrom,
} from '../common/evaluation-options';
import { flag } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { table } from '../terminal/table';
import { percent } from '../format/trial-table';
import { summaryOf } from './summaries';
import { resampledScores } from '../../evaluation/summarise';

interface CompareOptions extends CommonOptions, EvaluationOptions {
  annotations?: string;
  score?: string;
}

@Command({ ...summaryOf('compare'), arguments: '<detections...>' })
export class CompareCommand extends RethinkCommand<CompareOptions> {
  static override readonly flags = [
    flag('--annotations <file>', 'ground truth: a COCO annotation file'),
    flag(
      '--score <name>',
      `score to compare: ${resampledScores.join(', ')}, or that of a range in --areas (default: AP)`,
    ),
    ...evaluationFlags,
  ];
  protected override readonly examples = [
    'compare --annotations gt.json a.json b.json',
    'compare --annotations gt.json ours=a1.json,a2.json,a3.json theirs=b1.json,b2.json,b3.json --json',
  ];

  protected execute(args: string[], options: CompareOptions): Promise<void> {
    const { annotations, score, json } = options;
    if (annotations === undefined) {
      throw new RethinkError('USAGE', '--annotations is missing.', {
        hint: 'For example: compare --annotations gt.json a.json b.json',
      });
    }
    const comparison = compareFiles(annotations, args.map(namedDetections), {
      score,
      subset: subsetFrom(options),
      parameters: parametersFrom(options),
      unknownCategories: options.ignoreUnknownCategories === true ? 'ignore' : 'error',
    });
    for (const warning of comparison.warnings) log(`warning: ${warning}`);
    if (json === true) printJson(comparison);
    else print(formatDifferences(comparison));
    return Promise.resolve();
  }
}

/** `file`, or `name=file,file,…` with one file per seed. An existing file with "=" in its name is a file. */
function namedDetections(input: string): NamedDetections {
  const at = input.indexOf('=');
  if (at < 1 || existsSync(input)) return { name: input, files: [input] };
  const files = input
    .slice(at + 1)
    .split(',')
    .filter((file) => file !== '');
  if (files.length === 0) {
    throw new RethinkError('USAGE', `"${input}" names no file.`, {
      hint: 'For example: name=first.json,second.json',
    });
  }
  return { name: input.slice(0, at), files };
}

function formatDifferences({ score, confidence, resamples, detectors, pairs }: FileComparison): string {
  const level = `${100 * confidence} %`;
  const several = pairs.length > 1;
  const missing = detectors.some(({ seedNoise }) => seedNoise === 'missing');
  return [
    table(
      ['', score, level, 'RANK', 'FILES'],
      detectors.map(({ name, score: value, interval, rank, files }) => [
        name,
        percent(value),
        formatApInterval(interval),
        formatRank(rank),
        files.length,
      ]),
    ),
    '',
    table(
      ['DIFFERENCE', score, level, 'P', ...(several ? [`${level} OF ALL`, 'P CORRECTED'] : [])],
      pairs.map((pair) => [
        `${pair.first} − ${pair.second}`,
        signedPercent(pair.difference),
        formatApInterval(pair.interval),
        formatP(pair.p),
        ...(several ? [formatApInterval(pair.simultaneous), formatP(pair.adjustedP)] : []),
      ]),
    ),
    '',
    `In percent, paired over ${resamples} resamples of the images${missing ? '' : ' and over seeds'}.` +
      (several ? ' “Of all” and “corrected” hold simultaneously; ranks are derived from them.' : ''),
    ...(missing
      ? [
          'One file each: noise between seeds is not included. To include it, give one file per seed: name=first.json,second.json',
        ]
      : []),
  ].join('\n');
}
