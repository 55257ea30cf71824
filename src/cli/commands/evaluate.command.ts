import { writeFileSync } from 'node:fs';
import { Command, Option } from 'nest-commander';
import { RethinkError } from '../../contract';
import {
  type AnalysisOptions,
  analyse,
  describeEvaluation,
  evaluate,
  formatAnalyses,
  formatStats,
  readAnnotations,
  readDetections,
} from '../../evaluation';
import { TIE_RULES, type TieRule } from '../../evaluation/parameters';
import { CONFIDENCE, RESAMPLES } from '../../statistics/bootstrap/replicates';
import { imageIntervals } from '../../statistics/bootstrap/score-intervals';
import { print, printJson, log } from '../terminal/output';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { summaryOf } from './summaries';

interface EvaluateOptions extends CommonOptions {
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
  ignoreUnknownCategories?: boolean;
  tieRule?: TieRule;
}

@Command({ ...summaryOf('evaluate') })
export class EvaluateCommand extends RethinkCommand<EvaluateOptions> {
  protected override readonly examples = [
    'evaluate --annotations instances_val2017.json --detections detections.json',
    'evaluate --annotations gt.json --detections dt.json --intervals --errors',
    'evaluate --annotations gt.json --detections dt.json --slices --confusion --calibration --per-image images.json',
    'evaluate --annotations gt.json --detections dt.json --tie-rule pycocotools --json',
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
    const truth = readAnnotations(annotations);
    const found = readDetections(detections, truth, { unknownCategories });
    const evaluation = evaluate(truth, found, { tieRule });
    const report = describeEvaluation(truth, found, evaluation, { errors });
    const intervals = options.intervals === true ? imageIntervals(evaluation).intervals : undefined;
    const { perImage, ...analyses } = analyse(truth, found, evaluation, analysisOptions(options));
    if (options.perImage !== undefined) writeList(options.perImage, perImage!);
    for (const warning of report.warnings) log(`warning: ${warning.message}`);
    if (options.json === true) {
      printJson(
        intervals === undefined
          ? { ...report, ...analyses }
          : {
              ...report,
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
      print(formatStats(report, { perCategory: options.perCategory, intervals: column }));
      const more = formatAnalyses(analyses, report.categoryNames);
      if (more !== '') print(more);
    }
    return Promise.resolve();
  }

  @Option({ flags: '--annotations <file>', description: 'ground truth: a COCO annotation file' })
  parseAnnotations(value: string): string {
    return value;
  }

  @Option({
    flags: '--detections <file>',
    description: 'COCO results file: a list of { image_id, category_id, bbox, score }',
  })
  parseDetections(value: string): string {
    return value;
  }

  @Option({ flags: '--per-category', description: 'also print each category' })
  parsePerCategory(): boolean {
    return true;
  }

  @Option({
    flags: '--tie-rule <rule>',
    description:
      'order of equal scores: "threshold" (default; independent of the input order) or "pycocotools" (input order)',
    choices: [...TIE_RULES],
  })
  parseTieRule(value: string): string {
    return value;
  }

  @Option({
    flags: '--intervals',
    description: `also print ${100 * CONFIDENCE} % intervals from ${RESAMPLES} resamples of the images`,
  })
  parseIntervals(): boolean {
    return true;
  }

  @Option({ flags: '--errors', description: 'also print the AP50 lost to each of the six TIDE error types' })
  parseErrors(): boolean {
    return true;
  }

  @Option({ flags: '--curves', description: 'also print precision over recall at IoU .50 and .75' })
  parseCurves(): boolean {
    return true;
  }

  @Option({
    flags: '--slices',
    description: 'also print AP by size, by objects per image and by supercategory',
  })
  parseSlices(): boolean {
    return true;
  }

  @Option({ flags: '--calibration', description: 'also print the calibration of the scores' })
  parseCalibration(): boolean {
    return true;
  }

  @Option({ flags: '--confusion', description: 'also print the confusion between categories' })
  parseConfusion(): boolean {
    return true;
  }

  @Option({
    flags: '--per-image <file>',
    description: 'write the hits and misses of each image to a JSON file',
  })
  parsePerImage(value: string): string {
    return value;
  }

  @Option({
    flags: '--score-threshold <score>',
    description: 'minimum score of detections in --confusion and --per-image (default: 0.3)',
  })
  parseScoreThreshold(value: string): number {
    const score = Number(value);
    if (value.trim() === '' || !Number.isFinite(score)) {
      throw new RethinkError('USAGE', `--score-threshold must be a number, got "${value}".`);
    }
    return score;
  }

  @Option({
    flags: '--ignore-unknown-categories',
    description: 'ignore detections of categories missing from the ground truth, as pycocotools does',
  })
  parseIgnoreUnknownCategories(): boolean {
    return true;
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
