import { Command, Option } from 'nest-commander';
import { RethinkError } from '../../contract';
import {
  describeEvaluation,
  evaluate,
  type Evaluation,
  formatStats,
  readAnnotations,
  readDetections,
} from '../../evaluation';
import { TIE_RULES, type TieRule } from '../../evaluation/parameters';
import { CONFIDENCE, RESAMPLES } from '../../statistics/replicates';
import { intervalsOfResamples, type ScoreIntervals } from '../../statistics/score-intervals';
import { resampleScores } from '../../statistics/stored-resamples';
import { print, printJson, say } from '../output';
import { type CommonOptions, RethinkCommand } from '../rethink-command';

interface EvaluateOptions extends CommonOptions {
  annotations?: string;
  detections?: string;
  perCategory?: boolean;
  errors?: boolean;
  intervals?: boolean;
  ignoreUnknownCategories?: boolean;
  tieRule?: TieRule;
}

@Command({ name: 'evaluate', description: 'COCO AP of a detections file against an annotation file' })
export class EvaluateCommand extends RethinkCommand<EvaluateOptions> {
  protected override readonly examples = [
    'evaluate --annotations instances_val2017.json --detections detections.json',
    'evaluate --annotations gt.json --detections dt.json --intervals --errors',
    'evaluate --annotations gt.json --detections dt.json --tie-rule pycocotools --json',
  ];

  protected execute(_inputs: string[], options: EvaluateOptions): Promise<void> {
    const { annotations, detections, tieRule } = options;
    if (annotations === undefined || detections === undefined) {
      throw new RethinkError(
        'USAGE',
        `${annotations === undefined ? '--annotations' : '--detections'} is missing`,
        {
          hint: 'write: evaluate --annotations gt.json --detections dt.json',
        },
      );
    }
    const { errors } = options;
    const unknownCategories = options.ignoreUnknownCategories === true ? 'ignore' : 'error';
    const truth = readAnnotations(annotations);
    const found = readDetections(detections, truth, { unknownCategories });
    const evaluation = evaluate(truth, found, { tieRule });
    const report = describeEvaluation(truth, found, evaluation, { errors });
    const intervals = options.intervals === true ? intervalsOf(evaluation) : undefined;
    for (const warning of report.warnings) say(`warning: ${warning.message}`);
    if (options.json === true) {
      printJson(
        intervals === undefined
          ? report
          : { ...report, intervals, confidence: CONFIDENCE, resamples: RESAMPLES },
      );
    } else {
      const column = intervals && { title: `${100 * CONFIDENCE} % by images`, bands: intervals };
      print(formatStats(report, { perCategory: options.perCategory, intervals: column }));
    }
    return Promise.resolve();
  }

  @Option({ flags: '--annotations <file>', description: 'truth: a COCO annotation file' })
  parseAnnotations(value: string): string {
    return value;
  }

  @Option({
    flags: '--detections <file>',
    description: 'a COCO results file: a list of { image_id, category_id, bbox, score }',
  })
  parseDetections(value: string): string {
    return value;
  }

  @Option({ flags: '--per-category', description: 'also a line for each category' })
  parsePerCategory(): boolean {
    return true;
  }

  @Option({
    flags: '--tie-rule <rule>',
    description:
      'order of equal scores: "threshold" (default; does not depend on the order of the input) or "pycocotools" (input order)',
    choices: [...TIE_RULES],
  })
  parseTieRule(value: string): string {
    return value;
  }

  @Option({
    flags: '--intervals',
    description: `also ${100 * CONFIDENCE} % intervals of AP by ${RESAMPLES} resamples of the images`,
  })
  parseIntervals(): boolean {
    return true;
  }

  @Option({ flags: '--errors', description: 'also what each of the six TIDE error types costs in AP50' })
  parseErrors(): boolean {
    return true;
  }

  @Option({
    flags: '--ignore-unknown-categories',
    description: 'pass over detections of categories that the truth does not list, as pycocotools does',
  })
  parseIgnoreUnknownCategories(): boolean {
    return true;
  }
}

function intervalsOf({ stats, records }: Evaluation): ScoreIntervals {
  return intervalsOfResamples(stats, resampleScores(records));
}
