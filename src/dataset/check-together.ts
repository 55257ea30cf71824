import { RethinkError } from '../contract';
import { type DatasetDigest } from './digest';
import { type PreparedRole } from './prepare';
import { type Dataset, type DatasetWarning } from './types';

type Opened = Partial<Record<PreparedRole, { dataset: Dataset; sums: DatasetDigest }>>;

/**
 * Checks a benchmark's data sets against each other: training and validation have the same categories; validation
 * pictures that training would see are warned of (`VALIDATION_LEAK`, on the role that holds them).
 *
 * @throws RethinkError `DATASET_CATEGORIES_DIFFER`, `DATASET_NO_CATEGORIES`
 */
export function checkTogether(opened: Opened): Partial<Record<PreparedRole, DatasetWarning[]>> {
  const { labelled, validation } = opened;
  if (labelled === undefined || validation === undefined) return {};
  checkCategories(labelled.dataset, validation.dataset);
  const validated = new Set(validation.sums.pictures);
  const leaks: Partial<Record<PreparedRole, DatasetWarning[]>> = {};
  for (const role of Object.keys(opened) as PreparedRole[]) {
    if (role === 'validation') continue;
    const { dataset, sums } = opened[role]!;
    const shared = dataset.images.filter((_, i) => validated.has(sums.pictures[i]!));
    if (shared.length === 0) continue;
    leaks[role] = [
      {
        code: 'VALIDATION_LEAK',
        message: `pictures of the ${role} data are validation pictures too: the score will be too good`,
        count: shared.length,
        places: shared.slice(0, 5).map(({ file }) => file),
      },
    ];
  }
  return leaks;
}

function checkCategories(labelled: Dataset, validation: Dataset): void {
  const file = validation.location.annotations;
  if (labelled.categories.length === 0) {
    throw new RethinkError('DATASET_NO_CATEGORIES', 'lists no categories', {
      place: { file: labelled.location.annotations },
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
      `training and validation differ in their categories: "${odd}" is in one alone`,
      { place: { file }, hint: 'both files must list the same ids and names' },
    );
  }
}
