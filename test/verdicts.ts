import { RethinkError } from '../src/contract';
import type { Warning } from '../src/core/coco/types';
import { readAnnotations } from '../src/evaluation';
import { checkDataset, type DatasetCheck } from '../src/learning/dataset/check/check-dataset';
import { readCocoIndex } from '../src/learning/dataset/coco-index';

/** What a command says of a file. */
export interface Verdict {
  readonly refusal?: Pick<RethinkError, 'code' | 'message' | 'location' | 'hint'>;
  /** Whether it warns of odd values in fields that it does not need. */
  readonly ignored: boolean;
}

type Warnings = readonly Pick<Warning, 'code'>[];

export async function verdictOf(read: () => Warnings | Promise<Warnings>): Promise<Verdict> {
  try {
    return { ignored: (await read()).some(({ code }) => code === 'COCO_FIELD_IGNORED') };
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    const { code, message, location, hint } = error;
    return { refusal: { code, message, location, hint }, ignored: false };
  }
}

/** Errors of `data check` on files that no command refuses: the boxes may be of other images. */
const onlyMeasuresWrong = ['BOX_OUTSIDE'];

/** Codes of what `data check` found that other commands refuse. */
export function refusedFindings({ findings }: Pick<DatasetCheck, 'findings'>): string[] {
  return findings
    .filter(({ severity, code }) => severity === 'error' && !onlyMeasuresWrong.includes(code))
    .map(({ code }) => code);
}

/** Images alone are right for an unlabelled pool, which `data check` cannot know. */
export function isPool({ findings }: Pick<DatasetCheck, 'findings'>): boolean {
  return findings.some(({ code }) => code === 'NO_ANNOTATIONS');
}

/**
 * Whether training, evaluation and data check agree on a file.
 *
 * @throws Error where they do not
 */
export async function sameVerdicts(file: string): Promise<void> {
  const training = await verdictOf(() => readCocoIndex(file).warnings);
  const evaluated = await verdictOf(() => readAnnotations(file).warnings);
  const complain = (what: string, found: unknown) => {
    throw new Error(`${what}: ${JSON.stringify({ training, evaluated, found })}`);
  };
  if (evaluated.refusal !== undefined && training.refusal === undefined)
    complain('evaluation refuses, training does not', undefined);
  let check: DatasetCheck;
  try {
    check = await checkDataset({ annotations: file });
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    if (training.refusal === undefined) complain('data check refuses, training does not', error.code);
    return;
  }
  const refused = refusedFindings(check);
  if (refused.length > 0 !== (training.refusal !== undefined) && !isPool(check))
    complain('data check and training differ', refused);
}
