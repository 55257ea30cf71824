import { RethinkError } from '../../contract';
import { annotationAt } from '../../core/coco/ground-truth';
import { readAnnotations } from '../../core/coco/read-annotations';
import { type CocoCategory } from '../../core/coco/types';
import { type DatasetLocation } from '../../core/plan/stage-job';
import { suggest } from '../../core/text/did-you-mean';
import { cocoIndex } from './coco-index';
import { type DatasetWarning } from './types';
import { writeList } from './unlabelled';

type Location = Omit<DatasetLocation, 'digest'> & { readonly annotations: string };

export interface SelectedCategories {
  readonly location: Location;
  /** About the file itself: locations are those in it. */
  readonly warnings: readonly DatasetWarning[];
}

/**
 * Restricts COCO data to some categories: writes a file with all of its images and the boxes of these categories to the
 * cache, which training, evaluation, bundles and pages then read instead.
 *
 * @param selected names and ids
 * @param isPool whether the file may list images alone, or lack some of the categories
 * @throws RethinkError `DATASET_CATEGORY_UNKNOWN`
 */
export async function selectCategories(
  location: Location,
  selected: readonly (string | number)[],
  cacheFolder: string,
  isPool = false,
): Promise<SelectedCategories> {
  const source = location.annotations;
  const truth = readAnnotations(source, { opensImages: true, imagesAlone: isPool });
  const isSelected = ({ id, name }: CocoCategory): boolean =>
    selected.includes(id) || selected.includes(name!);
  const used = truth.categories.map(isSelected);
  if (!isPool) refuseUnknown(selected, truth.categories, source);
  const rows = Array.from({ length: truth.count }, (_, row) => row);
  const list = {
    images: truth.images,
    categories: truth.categories.filter(isSelected),
    annotations: rows.filter((row) => used[truth.category[row]!]).map((row) => annotationAt(truth, row)),
  };
  const annotations = await writeList(JSON.stringify([source, selected]), list, cacheFolder);
  return {
    location: { ...location, annotations, source },
    warnings: cocoIndex(truth, (category) => used[category]!).warnings,
  };
}

function refuseUnknown(
  selected: readonly (string | number)[],
  categories: readonly CocoCategory[],
  file: string,
): void {
  selected.forEach((nameOrId, index) => {
    const isName = typeof nameOrId === 'string';
    if (categories.some(({ id, name }) => nameOrId === (isName ? name : id))) return;
    const names = categories.map(({ name }) => name!);
    const hint =
      isName && !categories.some(({ id }) => String(id) === nameOrId)
        ? suggest(nameOrId, names)
        : `Names and ids: ${categories.map(({ id, name }) => `${name} ${id}`).join(', ')}.`;
    const shown = isName ? `"${nameOrId}"` : `with id ${nameOrId}`;
    throw new RethinkError('DATASET_CATEGORY_UNKNOWN', `The file ${file} has no category ${shown}.`, {
      location: { path: `dataset.coco.categories[${index}]` },
      hint,
    });
  });
}
