import { Command, Option } from 'nest-commander';
import { RethinkError } from '../../contract';
import { evaluateFiles, formatStats } from '../../evaluation';
import { TIE_RULES, type TieRule } from '../../evaluation/parameters';
import { print, printJson, say } from '../output';
import { type CommonOptions, RethinkCommand } from '../rethink-command';

interface EvaluateOptions extends CommonOptions {
  annotations?: string;
  detections?: string;
  perCategory?: boolean;
  errors?: boolean;
  ignoreUnknownCategories?: boolean;
  tieRule?: TieRule;
}

@Command({ name: 'evaluate', description: 'COCO AP of a detections file against an annotation file' })
export class EvaluateCommand extends RethinkCommand<EvaluateOptions> {
  protected override readonly examples = [
    'evaluate --annotations instances_val2017.json --detections detections.json',
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
    const report = evaluateFiles({
      annotations,
      detections,
      tieRule,
      errors: options.errors,
      unknownCategories: options.ignoreUnknownCategories === true ? 'ignore' : 'error',
    });
    for (const warning of report.warnings) say(`warning: ${warning.message}`);
    if (options.json === true) printJson(report);
    else print(formatStats(report, { perCategory: options.perCategory }));
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
