import { writeFileSync } from 'node:fs';
import { Command } from 'nest-commander';
import { RethinkError } from '../../contract';
import { formatWarning } from '../../core/coco/warning-list';
import {
  type AnalysisOptions,
  analyse,
  describeEvaluation,
  evaluate,
  formatAnalyses,
  formatStats,
  readAnnotations,
  readDetections,
  subsetOf,
} from '../../evaluation';
import { TIE_RULES, type TieRule } from '../../evaluation/parameters';
import { CONFIDENCE, RESAMPLES } from '../../statistics/bootstrap/replicates';
import { imageIntervals } from '../../statistics/bootstrap/score-intervals';
import { print, printJson, log } from '../terminal/output';
import {
  evaluationFlags,
  type EvaluationOptions,
  parametersFrom,
  subsetFrom,
} from '../common/evaluation-options';
import { flag, number, oneOf } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { summaryOf } from './summaries';

interface EvaluateOptions extends CommonOptions, EvaluationOptions {
  annotations?: string;
  detections?: string;
  perCategory?: boolean;
  errors?: boolean;
  curves?: boolean;
  calibration?: boolean;
  confusion?: boolean;
  slices?: boolean;
  perImage?: string;
  scoreThreshold?: number;
  intervals?: boolean;
  tieRule?: TieRule;
}

@Command({ ...summaryOf('evaluate') })
export class EvaluateCommand extends RethinkCommand<EvaluateOptions> {
  static override readonly flags = [
    flag('--annotations <file>', 'ground truth: a COCO annotation file'),
    flag('--detections <file>', 'COCO results file: a list of { image_id, category_id, bbox, score }'),
    flag('--per-category', 'also print each category'),
    flag(
      '--tie-rule <rule>',
      'order of equal scores: "threshold" (default; independent of the input order) or "pycocotools" (input order)',
      oneOf(TIE_RULES),
    ),
    flag(
      '--intervals',
      `also print ${100 * CONFIDENCE} % intervals from ${RESAMPLES} resamples of the images`,
    ),
    flag('--errors', 'also print the AP50 lost to each of the six TIDE error types'),
    flag('--curves', 'also print precision over recall at IoU .50 and .75'),
    flag('--slices', 'also print AP by size, by objects per image and by supercategory'),
    flag('--calibration', 'also print the calibration of the scores'),
    flag('--confusion', 'also print the confusion between categories'),
    flag('--per-image <file>', 'write the hits and misses of each image to a JSON file'),
    flag(
      '--score-threshold <score>',
      'minimum score of detections in --confusion and --per-image (default: 0.3)',
      number(),
    ),
    ...evaluationFlags,
  ];
  protected override readonly examples = [
    'evaluate --annotations instances_val2017.json --detections detections.json',
    'evaluate --annotations gt.json --detections dt.json --intervals --errors',
    'evaluate --annotations gt.json --detections dt.json --slices --confusion --calibration --per-image images.json',
    'evaluate --annotations gt.json --detections dt.json --tie-rule pycocotools --json',
    'evaluate --annotations gt.json --detections dt.json --categories person,car --iou 0.5 --max-dets 300',
  ];

  protected execute(_args: string[], options: EvaluateOptions): Promise<void> {
    const { annotations, detections, tieRule } = options;
    if (annotations === undefined || detections === undefined) {
      const missing = annotations === undefined ? '--annotations' : '--detections';
      throw new RethinkError('USAGE', `${missing} is missing.`, {
        hint: 'For example: evaluate --annotations gt.json --detections dt.json',
      });
    }
    const { errors } = options;
    const unknownCategories = options.ignoreUnknownCategories === true ? 'ignore' : 'error';
    const full = readAnnotations(annotations);
    const { truth, take } = subsetOf(full, subsetFrom(options));
    const found = take(readDetections(detections, full, { unknownCategories }));
    const parameters = parametersFrom(options);
    const evaluation = evaluate(truth, found, { tieRule, parameters });
    const report = describeEvaluation(truth, found, evaluation, { errors });
    const intervals = options.intervals === true ? imageIntervals(evaluation).intervals : undefined;
    const { perImage, ...analyses } = analyse(truth, found, evaluation, analysisOptions(options));
    if (options.perImage !== undefined) writeList(options.perImage, perImage!);
    if (options.json === true) {
      for (const warning of report.warnings) log(`warning: ${formatWarning(warning)}`);
      printJson(
        intervals === undefined
          ? { ...report, parameters, ...analyses }
          : {
              ...report,
              parameters,
              ...analyses,
              intervals: intervals.scores,
              perCategoryIntervals: intervals.perCategory,
              confidence: CONFIDENCE,
              resamples: RESAMPLES,
            },
      );
    } else {
      const column = intervals && {
        title: `${100 * CONFIDENCE} % by images`,
        bands: intervals.scores,
        perCategory: intervals.perCategory,
      };
      print(formatStats(report, { parameters, perCategory: options.perCategory, intervals: column }));
      const more = formatAnalyses(analyses, report.categoryNames, parameters);
      if (more !== '') print(more);
    }
    return Promise.resolve();
  }
}

function analysisOptions({ perImage, ...options }: EvaluateOptions): AnalysisOptions {
  const { curves, calibration, confusion, slices, scoreThreshold } = options;
  return { curves, calibration, confusion, slices, scoreThreshold, perImage: perImage !== undefined };
}

function writeList(file: string, list: readonly unknown[]): void {
  const lines = list.map((entry) => JSON.stringify(entry));
  try {
    writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new RethinkError('FILE_UNWRITABLE', `The file cannot be written (${code}).`, {
      location: { file },
      cause,
    });
  }
}
