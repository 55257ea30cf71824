import { RethinkError } from '../../contract';
import { type ImageCopies } from '../../core/plan/run-events';
import { type DatasetDigest } from './digest';
import { type Dataset, type DatasetWarning } from './types';
import { type DatasetRole } from '../../core/plan/stage';

export interface Together {
  /** By role: what is odd about its data beside those of the others. */
  readonly warnings: Partial<Record<DatasetRole, DatasetWarning[]>>;
  readonly copies: ImageCopies;
}

type Opened = Partial<Record<DatasetRole, DatasetDigest>>;

/**
 * Checks a benchmark's data sets against each other: training and validation have the same categories; images that
 * several roles hold are found by their content, whatever their names and ids. Validation images among the others are
 * warned of (`VALIDATION_LEAK`, on the role that holds them), and labelled ones among the unlabelled
 * (`LABELLED_IN_UNLABELLED`).
 *
 * @throws RethinkError `DATASET_CATEGORIES_DIFFER`, `DATASET_NO_CATEGORIES`
 */
export function checkTogether(opened: Opened): Together {
  const { labelled, validation } = opened;
  if (labelled === undefined || validation === undefined) return { warnings: {}, copies: {} };
  checkCategories(labelled.dataset, validation.dataset);
  const copies = copiesAmong(opened);
  const warnings: Together['warnings'] = {};
  for (const role of Object.keys(opened) as DatasetRole[]) {
    const leaked = role === 'validation' ? undefined : copies[role]?.['validation'];
    if (leaked !== undefined) {
      const message = `Images of the ${role} data are also validation images: trials that see them are marked invalid.`;
      (warnings[role] ??= []).push(warning('VALIDATION_LEAK', message, opened[role]!.dataset, leaked));
    }
  }
  const known = copies['unlabelled']?.['labelled'];
  if (known !== undefined) {
    const message =
      'Unlabelled images are also labelled ones: they are trained on twice, with labels of two kinds.';
    const { dataset } = opened.unlabelled!;
    (warnings.unlabelled ??= []).push(warning('LABELLED_IN_UNLABELLED', message, dataset, known));
  }
  return { warnings, copies };
}

function warning(code: string, message: string, { images }: Dataset, ids: readonly number[]): DatasetWarning {
  const first = new Set(ids.slice(0, 5));
  const examples = images.filter(({ id }) => first.has(id)).map(({ file }) => file);
  return { code, message, count: ids.length, examples };
}

function copiesAmong(opened: Opened): ImageCopies {
  const roles = Object.keys(opened) as DatasetRole[];
  const checksums = new Map(roles.map((role) => [role, new Set(opened[role]!.images)]));
  const copies: Record<string, Record<string, number[]>> = {};
  for (const role of roles) {
    const { dataset, images: own } = opened[role]!;
    for (const other of roles) {
      if (other === role) continue;
      const shared = dataset.images.filter((_, i) => checksums.get(other)!.has(own[i]!));
      if (shared.length > 0) (copies[role] ??= {})[other] = shared.map(({ id }) => id);
    }
  }
  return copies;
}

function checkCategories(labelled: Dataset, validation: Dataset): void {
  const file = validation.location.annotations;
  if (labelled.categories.length === 0) {
    throw new RethinkError('DATASET_NO_CATEGORIES', 'The annotation file lists no categories.', {
      location: { file: labelled.location.annotations },
    });
  }
  const text = ({ categories }: Dataset) => categories.map(({ id, name }) => `${id} ${name}`);
  const trained = text(labelled);
  const validated = text(validation);
  const odd =
    validated.find((category) => !trained.includes(category)) ??
    trained.find((category) => !validated.includes(category));
  if (odd !== undefined) {
    throw new RethinkError(
      'DATASET_CATEGORIES_DIFFER',
      `Training and validation data have different categories: only one of them has "${odd}".`,
      { location: { file }, hint: 'Both files must list the same ids and names.' },
    );
  }
}
