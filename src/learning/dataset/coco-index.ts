import { type SampleObject } from '../../contract';
import { type ReadAnnotationsOptions, readAnnotations } from '../../core/coco/read-annotations';
import { type Truth } from '../../core/coco/types';
import { WarningList } from '../../core/coco/warning-list';
import { type Category, type DatasetImage, type DatasetWarning } from './types';

export interface CocoIndex {
  /** By id. */
  readonly categories: readonly Category[];
  /** By id. */
  readonly images: readonly DatasetImage[];
  readonly warnings: readonly DatasetWarning[];
}

/** Beyond this a box does not stick out by rounding, but was made for another image. Pixels. */
const ROUNDING = 1;

/**
 * Reads a COCO detection file (https://cocodataset.org/#format-data) for training: boxes as corners, category ids as
 * indices. Boxes that reach outside their image are clipped and those without any extent are dropped, each with a warning
 * (`COCO_BOX_CLIPPED`, `COCO_BOX_OUTSIDE`, `COCO_BOX_EMPTY`).
 *
 * @throws RethinkError as `readAnnotations` does
 */
export function readCocoIndex(
  file: string,
  options?: Pick<ReadAnnotationsOptions, 'imagesAlone'>,
): CocoIndex {
  return cocoIndex(readAnnotations(file, { ...options, opensImages: true }));
}

/**
 * @param truth read with `opensImages`
 * @param isUsed whether boxes of a category, by its index, are part of the index
 */
export function cocoIndex(truth: Truth, isUsed: (category: number) => boolean = () => true): CocoIndex {
  const warnings = new WarningList();
  const files = new Set<string>();
  const images = truth.images.map(({ id, file_name: file, width, height }) => {
    if (files.has(file!)) warnings.add('COCO_FILE_TWICE', 'One image file has several entries.', file!);
    files.add(file!);
    return { id, file: file!, width: width!, height: height!, objects: [] as SampleObject[] };
  });
  for (let row = 0; row < truth.count; row++) {
    if (!isUsed(truth.category[row]!)) continue;
    const image = images[truth.image[row]!]!;
    const box = clipBox(truth.box.subarray(4 * row, 4 * row + 4), image, (code, message) =>
      warnings.add(code, message, `annotations[${row}].bbox`),
    );
    if (box === undefined) continue;
    const score = truth.score[row]!;
    image.objects.push({
      ...box,
      category: truth.category[row]!,
      ...(truth.crowd[row] === 1 && { crowd: true }),
      ...(truth.ignore[row] === 1 && { ignore: true }),
      ...(!Number.isNaN(score) && { score }),
    });
  }
  return {
    categories: truth.categories.map(({ id, name }) => ({ id, name: name! })),
    images,
    // The area decides the size classes of evaluation, and nothing in training.
    warnings: [...truth.warnings.filter(({ code }) => code !== 'COCO_AREA_MISSING'), ...warnings.list()],
  };
}

/** [x, y, width, height] as corners, cut to the image; undefined where nothing is left of it. */
function clipBox(
  [x, y, width, height]: Float64Array,
  image: { readonly width: number; readonly height: number },
  warn: (code: string, message: string) => void,
): Pick<SampleObject, 'xMin' | 'yMin' | 'xMax' | 'yMax'> | undefined {
  const [right, bottom] = [x! + width!, y! + height!];
  if (width === 0 || height === 0) {
    warn('COCO_BOX_EMPTY', 'Boxes without width or height were dropped.');
    return undefined;
  }
  const xMin = Math.min(Math.max(x!, 0), image.width);
  const yMin = Math.min(Math.max(y!, 0), image.height);
  const xMax = Math.min(Math.max(right, 0), image.width);
  const yMax = Math.min(Math.max(bottom, 0), image.height);
  if (xMax <= xMin || yMax <= yMin) {
    warn('COCO_BOX_OUTSIDE', 'Boxes wholly outside their image were dropped.');
    return undefined;
  }
  const excess = Math.max(-x!, -y!, right - image.width, bottom - image.height);
  if (excess > ROUNDING) warn('COCO_BOX_CLIPPED', 'Boxes that reach out of their image were clipped.');
  return { xMin, yMin, xMax, yMax };
}
