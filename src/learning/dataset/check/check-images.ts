import { imageSizeProblem, normaliseFileName } from '../../../core/coco/values';
import { type FindingList } from './finding';
import { type RawDataset } from './raw-dataset';

/** File names, sizes and whether images have objects. */
export function checkImages({ images, annotations }: RawDataset, findings: FindingList): void {
  const files = new Map<string, number>();
  const withTruth = new Set(annotations.imageId.subarray(0, annotations.count));
  for (const { index, id, file, width, height } of images) {
    if (file === undefined) {
      findings.add('FILE_NAME_MISSING', `images[${index}]`);
    } else {
      if (normaliseFileName(file) === undefined)
        findings.add('FILE_NAME_OUTSIDE', `images[${index}].file_name`, JSON.stringify(file));
      const first = files.get(file);
      if (first === undefined) files.set(file, index);
      else
        findings.add('FILE_NAME_DUPLICATE', `images[${index}].file_name`, `"${file}", as images[${first}]`);
    }
    if ([width, height].some((side) => imageSizeProblem(side) !== undefined)) {
      findings.add('IMAGE_SIZE_INVALID', `images[${index}]`, `${width} × ${height}`);
    }
    // A file without any annotation is a list of images, not one of empty images.
    if (annotations.count > 0 && !withTruth.has(id))
      findings.add('IMAGE_WITHOUT_TRUTH', `images[${index}]`, file);
  }
}
