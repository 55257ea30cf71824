import { countObjects } from './check-categories';
import { type Image } from './check-image-files';
import { type FindingList } from './finding';
import { nearDuplicates } from './dhash';
import { type RawDataset } from './raw-dataset';

/** Images of one data set that are equal, or look alike. */
export function checkCopies(readings: readonly Image[], findings: FindingList): void {
  const first = new Map<string, string>();
  for (const { file, checksum } of readings) {
    const earlier = first.get(checksum);
    if (earlier === undefined) first.set(checksum, file);
    else findings.add('IMAGE_DUPLICATE', file, `as ${earlier}`);
  }
  for (const [one, other] of nearDuplicates(readings)) {
    if (one.checksum !== other.checksum)
      findings.add('IMAGE_NEARLY_DUPLICATE', other.file, `like ${one.file}`);
  }
}

/** A split: what its file lists, and its images where their folder is known. */
export interface Split {
  readonly dataset: RawDataset;
  readonly images?: readonly Image[];
}

/** Images and file names that two splits share, and categories that differ between them. */
export function checkSplit(own: Split, other: Split, findings: FindingList): void {
  const name = other.dataset.file;
  if (own.images !== undefined && other.images !== undefined) {
    const theirs = new Map(other.images.map(({ checksum, file }) => [checksum, file]));
    for (const { file, checksum } of own.images) {
      const copy = theirs.get(checksum);
      if (copy !== undefined) findings.add('SPLIT_SAME_IMAGE', file, `${copy} of ${name}`);
    }
    for (const [mine, like] of nearDuplicates(own.images, other.images)) {
      if (mine.checksum !== like.checksum)
        findings.add('SPLIT_NEARLY_SAME_IMAGE', mine.file, `${like.file} of ${name}`);
    }
  } else {
    const theirs = new Set(other.dataset.images.map(({ file }) => file));
    for (const { index, file } of own.dataset.images) {
      if (file !== undefined && theirs.has(file)) {
        findings.add('SPLIT_SAME_FILE_NAME', `images[${index}].file_name`, `${file}, in ${name}`);
      }
    }
  }
  checkSameCategories(own.dataset, other.dataset, findings);
}

function checkSameCategories(own: RawDataset, other: RawDataset, findings: FindingList): void {
  // A list of images alone, such as an unlabelled pool, needs no categories.
  if (other.annotations.count === 0 || own.annotations.count === 0) return;
  const objects = new Map(countObjects(own).map((category) => [category.id, category.objects]));
  for (const { id, name, objects: others } of countObjects(other)) {
    if (objects.get(id) !== 0 || others === 0) continue;
    findings.add('SPLIT_CATEGORY_UNTRAINED', 'categories', `${name ?? id}: ${others} in ${other.file}`);
  }
  const theirs = new Map(other.categories.map(({ id, name }) => [id, name]));
  for (const { index, id, name } of own.categories) {
    if (!theirs.has(id)) {
      findings.add(
        'SPLIT_CATEGORIES_DIFFER',
        `categories[${index}]`,
        `${id} (${name}) is not in ${other.file}`,
      );
    } else if (theirs.get(id) !== name) {
      const detail = `${id} is "${name}" here, "${theirs.get(id)}" in ${other.file}`;
      findings.add('SPLIT_CATEGORIES_DIFFER', `categories[${index}].name`, detail);
    }
  }
  const ours = new Set(own.categories.map(({ id }) => id));
  for (const { id, name } of other.categories) {
    if (ours.has(id)) continue;
    findings.add('SPLIT_CATEGORIES_DIFFER', 'categories', `${id} (${name}) is in ${other.file} alone`);
  }
}
