import { RethinkError } from '../../contract';
import { MOST_EXAMPLES } from '../../core/coco/warning-list';
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
 * are in several roles are found by their content, whatever their names and ids. Warnings: validation images among the
 * others (`VALIDATION_LEAK`, on the role that has them), labelled ones among the unlabelled (`LABELLED_IN_UNLABELLED`), data
 * without objects (`NO_BOXES`, `CROWDS_ALONE`), and categories without objects to train on (`CATEGORY_UNTRAINED`).
 *
 * @throws RethinkError `DATASET_CATEGORIES_DIFFER`, `DATASET_NO_CATEGORIES`
 */
export function checkTogether(opened: Opened): Together {
  const { labelled, validation } = opened;
  if (labelled === undefined || validation === undefined) return { warnings: {}, copies: {} };
  checkCategories(labelled.dataset, validation.dataset);
  const copies = copiesAmong(opened);
  const warnings = objectWarnings(opened);
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
  const first = new Set(ids.slice(0, MOST_EXAMPLES));
  const examples = images.filter(({ id }) => first.has(id)).map(({ file }) => file);
  return { code, message, count: ids.length, examples };
}

/** What each role's missing objects lead to. */
const WITHOUT_OBJECTS = {
  labelled: 'training learns background alone',
  otherDetection: 'training learns background alone',
  validation: 'AP cannot be measured',
} as const;

/** Data without an object to learn from or to score on, and categories that training never sees. */
function objectWarnings(opened: Opened): Together['warnings'] {
  const warnings: Together['warnings'] = {};
  const counts = new Map<DatasetRole, Uint32Array>();
  for (const role of ['labelled', 'otherDetection', 'validation'] as const) {
    const dataset = opened[role]?.dataset;
    if (dataset === undefined) continue;
    const { crowds, objects } = countObjects(dataset);
    counts.set(role, objects);
    if (objects.some((count) => count > 0)) continue;
    const [code, what] =
      crowds > 0 ? ['CROWDS_ALONE', 'All boxes are crowds'] : ['NO_BOXES', 'There are no boxes'];
    const message = `${what}: ${WITHOUT_OBJECTS[role]}.`;
    const examples = [dataset.location.annotations ?? ''];
    warnings[role] = [{ code, message, count: crowds > 0 ? crowds : dataset.images.length, examples }];
  }
  const [trained, validated] = [counts.get('labelled')!, counts.get('validation')!];
  const untrained = opened.labelled!.dataset.categories.filter(
    (_, category) => trained[category] === 0 && validated[category]! > 0,
  );
  if (untrained.length > 0) {
    (warnings.labelled ??= []).push({
      code: 'CATEGORY_UNTRAINED',
      message: 'Categories with objects in the validation data have none here: their AP stays near 0.',
      count: untrained.length,
      examples: untrained.slice(0, MOST_EXAMPLES).map(({ name }) => name),
    });
  }
  return warnings;
}

/** Objects of each category, by index, and crowds, whatever their category. */
function countObjects({ categories, images }: Dataset): { objects: Uint32Array; crowds: number } {
  const objects = new Uint32Array(categories.length);
  let crowds = 0;
  for (const image of images) {
    for (const { category, crowd } of image.objects) {
      if (crowd === true) crowds++;
      else objects[category]!++;
    }
  }
  return { objects, crowds };
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
