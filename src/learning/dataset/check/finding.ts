import { MOST_EXAMPLES } from '../../../core/coco/warning-list';
import { READ_FORMATS } from '../unreadable-image';

/**
 * - `error`: training or evaluation would fail, or measure something else;
 * - `warning`: it works, but most likely not as the data's makers meant;
 * - `note`: worth knowing.
 */
export const SEVERITIES = ['error', 'warning', 'note'] as const;
export type DataSeverity = (typeof SEVERITIES)[number];

export interface Example {
  /** Path in the annotation file, for instance `annotations[17].bbox`, or an image's file name. */
  readonly location: string;
  /** The value found. */
  readonly detail?: string;
}

/** One kind of oddity in a data set. */
export interface DataFinding {
  /** Stable. */
  readonly code: FindingCode;
  readonly severity: DataSeverity;
  /** What it means. */
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
  /** How many entries it concerns. */
  readonly count: number;
  /** The first few of them. */
  readonly examples: readonly Example[];
}

/** Every code that `data check` may give: severity, meaning, what to do. `docs/data-check.md` lists the same. */
export const FINDINGS = {
  // The document.
  NO_IMAGES: ['error', 'the file lists no images', 'Is this the right file? A COCO file has images, annotations and categories.'],
  NO_CATEGORIES: ['error', 'there are annotations, but no categories', 'Add the list of categories: ids and names.'],
  NO_ANNOTATIONS: ['note', 'the file has no annotations, only images', 'Right for an unlabelled pool; nothing can be trained or evaluated on it.'],
  ENTRY_MALFORMED: ['error', 'entries lack a field, or it has the wrong type', 'Fix the program that wrote the file; evaluation and training refuse such entries.'],
  FIELD_IGNORED: ['note', 'fields that are not needed have odd values', 'Nothing: every command ignores them.'],
  KEY_DUPLICATE: ['error', 'a key appears twice in one object', 'Remove one: programs differ in which of the two they read.'],
  // Ids.
  ID_NOT_INTEGER: ['error', 'ids that are not integers of at most 2^53 − 1', 'Renumber them; programs read text, fractions and larger numbers differently.'],
  IMAGE_ID_DUPLICATE: ['error', 'duplicate image ids', 'Renumber the images: two files were probably merged.'],
  ANNOTATION_ID_DUPLICATE: ['error', 'duplicate annotation ids', 'Renumber the annotations.'],
  ANNOTATION_ID_MISSING: ['note', 'annotations without an id', 'Nothing: they are numbered; pycocotools refuses such files.'],
  CATEGORY_ID_DUPLICATE: ['error', 'duplicate category ids', 'Give each category a different id.'],
  IMAGE_UNKNOWN: ['error', 'annotations of images that the file does not list', 'Remove them, or add the images.'],
  CATEGORY_UNKNOWN: ['error', 'annotations of categories that the file does not list', 'Remove them, or add the categories.'],
  // Boxes.
  BOX_NOT_FINITE: ['error', 'boxes, areas or sizes with NaN, infinity or numbers beyond 10^9', 'Remove them; JSON has no NaN, and strict readers refuse the whole file.'],
  BOX_NEGATIVE: ['error', 'boxes of negative width or height', 'Boxes are [x, y, width, height]; these may be two corners in the wrong order.'],
  BOX_EMPTY: ['warning', 'boxes without width or height', 'Remove them: training drops them, evaluation counts them as objects that cannot be found.'],
  BOX_OUTSIDE: ['error', 'boxes entirely outside their image', 'Was the image cropped or resized after annotation? Training drops them, evaluation counts them.'],
  BOX_REACHES_OUT: ['warning', 'boxes that extend beyond their image by more than a pixel', 'Training clips them. If there are many, boxes may be [x1, y1, x2, y2] instead of [x, y, width, height].'],
  BOX_TINY: ['note', 'boxes of less than 4 square pixels', 'Often slips of the mouse; no detector finds them.'],
  BOX_DUPLICATE: ['warning', 'equal boxes of one category in one image', 'Remove the copies: one of them can never be found.'],
  AREA_INVALID: ['error', 'negative areas', 'Write the area of the segment, or of the box, in square pixels.'],
  AREA_DISAGREES: ['warning', 'areas that do not fit their boxes', 'Recompute the area from the segment or box: it decides what counts as small, medium and large.'],
  AREA_MISSING: ['note', 'annotations without an area', 'The area of the box decides their size class; pycocotools refuses such files.'],
  CROWD_INVALID: ['error', 'iscrowd is neither 0 nor 1', 'Write 0, or 1 for a region of many objects.'],
  CROWD: ['note', 'crowds: regions of many objects', 'Nothing: detections on them are not counted, and training ignores them.'],
  // Categories.
  CATEGORY_NAME_MISSING: ['error', 'categories without a name', 'Name them.'],
  CATEGORY_NAME_DUPLICATE: ['warning', 'categories with the same name', 'Merge or rename them.'],
  CATEGORY_WITHOUT_OBJECTS: ['warning', 'categories without objects', 'Remove them or add objects: AP is a mean over the categories that have objects.'],
  CATEGORY_RARE: ['note', 'categories of fewer than 10 objects', 'Their AP is mostly chance, and weighs as much as any other in the mean.'],
  CLASS_IMBALANCE: ['warning', 'the most frequent category has more than 100 times the objects of the rarest', 'Look at AP per category; a mean hides the rare ones.'],
  NO_OBJECTS: ['warning', 'there are annotations, but none is an object to learn: crowds, or boxes outside or without extent', 'Training on this file learns background alone, and AP cannot be measured on it: add objects.'],
  // Images.
  FILE_NAME_MISSING: ['error', 'images without a file name', 'Add file_name, relative to the image folder.'],
  FILE_NAME_OUTSIDE: ['error', 'file names that are URLs or lead out of the image folder', 'Write paths relative to the folder, without "..".'],
  FILE_NAME_DUPLICATE: ['warning', 'one image file has several entries', 'Merge the entries; otherwise one image counts twice, each time with some of its objects.'],
  IMAGE_SIZE_INVALID: ['error', 'images whose width or height is not a positive integer', 'Write the size in pixels.'],
  IMAGE_WITHOUT_TRUTH: ['note', 'images without objects', 'Right for images without objects, wrong for images that nobody annotated.'],
  IMAGE_MISSING: ['error', 'images whose file is not in the folder', 'Fetch them, remove them from the file, or correct --images.'],
  IMAGE_BROKEN: ['error', 'images that cannot be decoded', 'Fetch or copy them again, or remove them.'],
  IMAGE_CORRUPT: ['warning', 'JPEG images that are corrupt in part: decoders skip or fill the parts', 'Look at them; fetch or copy them again, or remove them.'],
  IMAGE_FORMAT: ['error', 'images in a format that is not read', `Convert them to PNG or JPEG, or remove them; ${READ_FORMATS} are read.`],
  IMAGE_TOO_LARGE: ['error', 'images of more than 268 million pixels', 'Downscale them together with their boxes, or remove them.'],
  IMAGE_SIZE_DIFFERS: ['error', 'images whose size differs from the one in the file', 'The boxes do not fit: the images were resized after annotation, or belong to another data set.'],
  IMAGE_TURNED: ['note', 'images with an EXIF orientation other than 1 (upright)', 'Boxes refer to the stored pixels, or to the turned image where only that has the stated size. Other programs may differ: store the images upright.'],
  IMAGE_DUPLICATE: ['warning', 'images with the same content', 'Remove the copies: they count twice.'],
  IMAGE_NEARLY_DUPLICATE: ['note', 'images that look alike', 'Inspect them: frames of one film, or one image saved twice?'],
  FILE_WITHOUT_ENTRY: ['note', 'images in the folder that the file does not list', 'Right for a folder that splits share.'],
  // Splits.
  SPLIT_SAME_IMAGE: ['error', 'images that are also in another split', 'Remove them from one split: a score on training images is meaningless.'],
  SPLIT_NEARLY_SAME_IMAGE: ['warning', 'images that look like one of another split', 'Inspect them: frames of one film should be in one split.'],
  SPLIT_SAME_FILE_NAME: ['warning', 'file names that are also in another split', 'Add --images, so that contents can be compared.'],
  SPLIT_CATEGORY_UNTRAINED: ['warning', 'categories without objects here that have objects in another split', 'Trained on this file, their AP stays near 0: add objects, or remove the categories.'],
  SPLIT_CATEGORIES_DIFFER: ['error', 'categories that another split lacks or names differently', 'List the same ids and names in all splits.'],
} as const satisfies Record<string, readonly [DataSeverity, string, string]>; // prettier-ignore

export type FindingCode = keyof typeof FINDINGS;

/** Collects findings by code: counts all, lists the first examples. */
export class FindingList {
  private readonly found = new Map<FindingCode, { count: number; examples: Example[] }>();

  /** @param detail a function where it takes time: called for the examples alone */
  add(code: FindingCode, location: string, detail?: string | (() => string)): void {
    const known = this.found.get(code) ?? { count: 0, examples: [] };
    known.count++;
    if (known.examples.length < MOST_EXAMPLES) {
      known.examples.push({ location, detail: typeof detail === 'function' ? detail() : detail });
    }
    this.found.set(code, known);
  }

  /** Errors first, then by how many entries they concern. */
  list(): DataFinding[] {
    return [...this.found]
      .map(([code, { count, examples }]): DataFinding => {
        const [severity, message, advice] = FINDINGS[code];
        return { code, severity, message, advice, count, examples };
      })
      .sort(
        (one, other) =>
          SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) || other.count - one.count,
      );
  }
}
