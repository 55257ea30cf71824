import { type FindingList } from './finding';
import { type RawDataset } from './raw-dataset';

/** Whether a path stays in the folder that it is relative to, on every system. */
export function staysInside(path: string): boolean {
  const parts = path.split(/[/\\]/);
  return (
    path !== '' &&
    !path.includes('\0') &&
    !path.includes('\\') &&
    !/^([a-z]:|\/|~)/i.test(path) &&
    !parts.includes('..')
  );
}

/** File names, sizes and whether images have objects. */
export function checkImages({ images, annotations }: RawDataset, findings: FindingList): void {
  const files = new Map<string, number>();
  const withTruth = new Set(annotations.imageId.subarray(0, annotations.count));
  for (const { index, id, file, width, height } of images) {
    if (file === undefined) {
      findings.add('FILE_NAME_MISSING', `images[${index}]`);
    } else {
      if (!staysInside(file))
        findings.add('FILE_NAME_OUTSIDE', `images[${index}].file_name`, JSON.stringify(file));
      const first = files.get(file);
      if (first === undefined) files.set(file, index);
      else
        findings.add('FILE_NAME_DUPLICATE', `images[${index}].file_name`, `"${file}", as images[${first}]`);
    }
    if (![width, height].every((side) => Number.isSafeInteger(side) && side > 0)) {
      findings.add('IMAGE_SIZE_INVALID', `images[${index}]`, `${width} × ${height}`);
    }
    // A file without any annotation is a list of images, not one of empty images.
    if (annotations.count > 0 && !withTruth.has(id))
      findings.add('IMAGE_WITHOUT_TRUTH', `images[${index}]`, file);
  }
}
