import { type FindingList } from './finding';
import { type RawDataset } from './raw-dataset';

/** Duplicate ids, and annotations that refer to nothing. Ids that could not be read (NaN) have a finding already. */
export function checkIds({ images, categories, annotations }: RawDataset, findings: FindingList): void {
  const imageIds = uniqueIds(images, (index, id, first) =>
    findings.add('IMAGE_ID_DUPLICATE', `images[${index}].id`, `${id}, as images[${first}]`),
  );
  const categoryIds = uniqueIds(categories, (index, id, first) =>
    findings.add('CATEGORY_ID_DUPLICATE', `categories[${index}].id`, `${id}, as categories[${first}]`),
  );
  const { count, index, id, imageId, categoryId } = annotations;
  for (let row = 0; row < count; row++) {
    const of = imageId[row]!;
    if (!Number.isNaN(of) && !imageIds.has(of)) {
      findings.add('IMAGE_UNKNOWN', `annotations[${index[row]!}].image_id`, `image ${of}`);
    }
    const category = categoryId[row]!;
    if (!Number.isNaN(category) && !categoryIds.has(category)) {
      findings.add('CATEGORY_UNKNOWN', `annotations[${index[row]!}].category_id`, `category ${category}`);
    }
  }
  // Sorted columns need less memory than a set of millions.
  const rows = Uint32Array.from({ length: count }, (_, row) => row).sort(
    (one, other) => id[one]! - id[other]! || one - other,
  );
  for (let at = 1, first = 0; at < count; at++) {
    const [row, earlier] = [rows[at]!, rows[first]!];
    if (id[row] !== id[earlier]) first = at;
    else {
      const location = `annotations[${index[row]!}].id`;
      findings.add('ANNOTATION_ID_DUPLICATE', location, `${id[row]!}, as annotations[${index[earlier]!}]`);
    }
  }
}

function uniqueIds(
  entries: readonly { readonly index: number; readonly id: number }[],
  twice: (index: number, id: number, first: number) => void,
): ReadonlyMap<number, number> {
  const first = new Map<number, number>();
  for (const { index, id } of entries) {
    if (Number.isNaN(id)) continue;
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, index);
    else twice(index, id, earlier);
  }
  return first;
}
