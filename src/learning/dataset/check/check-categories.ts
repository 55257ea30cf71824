import { type FindingList } from './finding';
import { type RawDataset } from './raw-dataset';

/** Fewer objects than this make a category rare. */
const RARE = 10;
const IMBALANCE = 100;

export interface CategoryCount {
  readonly id: number;
  readonly name?: string;
  /** Annotations except crowds. */
  readonly objects: number;
  /** Images with at least one of them. */
  readonly images: number;
}

/** Names of the categories, and how their objects are spread over them; a file without annotations has no spread. */
export function checkCategories(dataset: RawDataset, findings: FindingList): CategoryCount[] {
  const { categories, annotations } = dataset;
  const names = new Map<string, number>();
  for (const { index, name } of categories) {
    if (name === undefined || name.trim() === '') {
      findings.add('CATEGORY_NAME_MISSING', `categories[${index}]`);
      continue;
    }
    const first = names.get(name);
    if (first === undefined) names.set(name, index);
    else
      findings.add(
        'CATEGORY_NAME_DUPLICATE',
        `categories[${index}].name`,
        `"${name}", as categories[${first}]`,
      );
  }
  const counts = countObjects(dataset);
  if (annotations.count === 0) return counts;
  const locations = new Map(categories.map(({ id, index }) => [id, `categories[${index}]`]));
  const label = ({ id, name }: CategoryCount): string => name ?? String(id);
  for (const category of counts) {
    const { id, objects } = category;
    if (objects >= RARE) continue;
    const code = objects === 0 ? 'CATEGORY_WITHOUT_OBJECTS' : 'CATEGORY_RARE';
    findings.add(
      code,
      locations.get(id)!,
      objects === 0 ? label(category) : `${label(category)}: ${objects}`,
    );
  }
  const present = counts.filter(({ objects }) => objects > 0).sort((a, b) => b.objects - a.objects);
  const [most, least] = [present[0], present.at(-1)];
  if (most !== undefined && least !== undefined && most.objects > IMBALANCE * least.objects) {
    const all = present.reduce((sum, { objects }) => sum + objects, 0);
    const share = Math.round((100 * most.objects) / all);
    const detail = `${label(most)} ${most.objects} (${share} % of all), ${label(least)} ${least.objects}`;
    findings.add('CLASS_IMBALANCE', 'categories', detail);
  }
  return counts;
}

export function countObjects({ categories, annotations }: RawDataset): CategoryCount[] {
  const at = new Map(categories.map(({ id }, k) => [id, k]));
  const objects = new Uint32Array(categories.length);
  const seen = categories.map(() => new Set<number>());
  for (let row = 0; row < annotations.count; row++) {
    const k = at.get(annotations.categoryId[row]!);
    if (k === undefined || annotations.crowd[row] === 1) continue;
    objects[k]!++;
    seen[k]!.add(annotations.imageId[row]!);
  }
  // Of duplicate ids, the last entry counts the objects.
  return categories.flatMap(({ id, name }, k) =>
    at.get(id) === k ? [{ id, name, objects: objects[k]!, images: seen[k]!.size }] : [],
  );
}
