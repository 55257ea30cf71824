/**
 * - `error`: training or evaluation would fail or measure something else than it says;
 * - `warning`: it works, but most likely not as the data's makers meant;
 * - `note`: worth knowing.
 */
export const SEVERITIES = ['error', 'warning', 'note'] as const;
export type DataSeverity = (typeof SEVERITIES)[number];

export interface Example {
  /** Path in the annotation file, for instance `annotations[17].bbox`, or an image's file name. */
  readonly location: string;
  /** What stands there. */
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

/** How many examples of a finding are kept. */
export const MOST_EXAMPLES = 5;

/** Every code that `data check` may give: severity, meaning, what to do. `docs/data-check.md` lists the same. */
export const FINDINGS = {
  // The document.
  NO_IMAGES: ['error', 'the file lists no images', 'Is this the right file? A COCO file has images, annotations and categories.'],
  NO_CATEGORIES: ['error', 'there are annotations, but no categories', 'Add the list of categories: ids and names.'],
  NO_ANNOTATIONS: ['note', 'the file has no annotations: it lists images alone', 'Right for an unlabelled pool; nothing can be evaluated on it.'],
  ENTRY_MALFORMED: ['error', 'entries lack a field, or it is of another type', 'Fix the program that wrote the file; evaluation and training refuse such entries.'],
  FIELD_IGNORED: ['note', 'fields that are not needed hold odd values', 'Nothing: every command ignores them.'],
  KEY_DUPLICATE: ['error', 'a key comes twice in one object', 'Programs differ in which of the two they take: remove one.'],
  // Ids.
  ID_NOT_INTEGER: ['error', 'ids that are no whole numbers up to 2^53 − 1', 'Number them anew; text, fractions and larger numbers are read differently by different programs.'],
  IMAGE_ID_DUPLICATE: ['error', 'image ids that come twice', 'Two files were merged without numbering anew: number them anew.'],
  ANNOTATION_ID_DUPLICATE: ['error', 'annotation ids that come twice', 'Number the annotations anew.'],
  ANNOTATION_ID_MISSING: ['note', 'annotations without an id', 'Nothing: they are numbered; pycocotools refuses such files.'],
  CATEGORY_ID_DUPLICATE: ['error', 'category ids that come twice', 'Give each category an id of its own.'],
  IMAGE_UNKNOWN: ['error', 'annotations of images that the file does not list', 'Remove them, or add the images.'],
  CATEGORY_UNKNOWN: ['error', 'annotations of categories that the file does not list', 'Remove them, or add the categories.'],
  // Boxes.
  BOX_NOT_FINITE: ['error', 'boxes, areas or sizes with NaN, infinity or numbers beyond 10^9', 'Remove them; JSON has no NaN, and strict readers refuse the whole file.'],
  BOX_NEGATIVE: ['error', 'boxes of negative width or height', 'Boxes are [x, y, width, height]; these may be two corners in the wrong order.'],
  BOX_EMPTY: ['warning', 'boxes without any width or height', 'Training drops them; evaluation counts them as objects that nobody can find. Remove them.'],
  BOX_OUTSIDE: ['error', 'boxes wholly outside their image', 'Was the image cropped or resized after it was annotated? Training drops them, evaluation counts them.'],
  BOX_REACHES_OUT: ['warning', 'boxes that reach out of their image by more than a pixel', 'Training clips them. Many of them: boxes may be [x1, y1, x2, y2] instead of [x, y, width, height].'],
  BOX_TINY: ['note', 'boxes of less than 4 square pixels', 'Often slips of the mouse; no detector finds them.'],
  BOX_DUPLICATE: ['warning', 'equal boxes of one category in one image', 'One of them can never be found: remove the copies.'],
  AREA_INVALID: ['error', 'negative areas', 'Write the area of the segment, or of the box, in square pixels.'],
  AREA_DISAGREES: ['warning', 'areas that cannot be those of their boxes', 'The area decides what counts as small, medium and large: compute it anew from segment or box.'],
  AREA_MISSING: ['note', 'annotations without an area', 'The area of the box decides their size class; pycocotools refuses such files.'],
  CROWD_INVALID: ['error', 'iscrowd is neither 0 nor 1', 'Write 0, or 1 for a region of many objects.'],
  CROWD: ['note', 'crowds: regions that hold many objects', 'Nothing: detections on them are not counted, and training passes over them.'],
  // Categories.
  CATEGORY_NAME_MISSING: ['error', 'categories without a name', 'Give each a name.'],
  CATEGORY_NAME_DUPLICATE: ['warning', 'categories of equal names', 'Merge them, or tell them apart.'],
  CATEGORY_WITHOUT_OBJECTS: ['warning', 'categories without a single object', 'AP is a mean over the categories that have objects: these are no part of it. Remove them, or find objects.'],
  CATEGORY_RARE: ['note', 'categories of fewer than 10 objects', 'Their AP is mostly chance, and weighs as much as any other in the mean.'],
  CLASS_IMBALANCE: ['warning', 'the most frequent category has more than 100 times the objects of the rarest', 'Look at AP per category; a mean hides the rare ones.'],
  // Images.
  FILE_NAME_MISSING: ['error', 'images without a file name', 'Add file_name, relative to the image folder.'],
  FILE_NAME_OUTSIDE: ['error', 'file names that lead out of the image folder', 'Write paths relative to the folder, without "..", with "/".'],
  FILE_NAME_DUPLICATE: ['warning', 'one image file has several entries', 'Merge the entries: else one image counts twice, each time with a part of its objects.'],
  IMAGE_SIZE_INVALID: ['error', 'images whose width or height is no positive whole number', 'Write the size in pixels.'],
  IMAGE_WITHOUT_TRUTH: ['note', 'images without any object', 'Right for images without objects, wrong for images that nobody annotated.'],
  IMAGE_MISSING: ['error', 'images whose file is not in the folder', 'Fetch them, take them out of the file, or correct --images.'],
  IMAGE_BROKEN: ['error', 'images that cannot be read to their end', 'Fetch or copy them again, or take them out.'],
  IMAGE_SIZE_DIFFERS: ['error', 'images of another size than the file states', 'They were resized after annotation, or belong to another data set: the boxes do not fit.'],
  IMAGE_TURNED: ['note', 'images that fit their stated size only when turned by their EXIF orientation', 'Programs that pass over EXIF show them lying on the side: store them turned.'],
  IMAGE_DUPLICATE: ['warning', 'images with the same content', 'They count twice. Remove the copies.'],
  IMAGE_NEARLY_DUPLICATE: ['note', 'images that look alike', 'Frames of one film or saved twice? Look at them.'],
  FILE_WITHOUT_ENTRY: ['note', 'images in the folder that the file does not list', 'Right for a folder that splits share.'],
  // Splits.
  SPLIT_SAME_IMAGE: ['error', 'images that another split holds too', 'A score on images of the training data says nothing: take them out of one split.'],
  SPLIT_NEARLY_SAME_IMAGE: ['warning', 'images that look like one of another split', 'Look at them: frames of one film should be in one split.'],
  SPLIT_SAME_FILE_NAME: ['warning', 'file names that another split lists too', 'Give --images, so that contents can be compared.'],
  SPLIT_CATEGORIES_DIFFER: ['error', 'categories that another split lacks, or names otherwise', 'All splits list the same ids and names.'],
} as const satisfies Record<string, readonly [DataSeverity, string, string]>; // prettier-ignore

export type FindingCode = keyof typeof FINDINGS;

/** Collects findings by code: counts all, keeps the first examples. */
export class FindingList {
  private readonly found = new Map<FindingCode, { count: number; examples: Example[] }>();

  add(code: FindingCode, location: string, detail?: string): void {
    const known = this.found.get(code) ?? { count: 0, examples: [] };
    known.count++;
    if (known.examples.length < MOST_EXAMPLES) known.examples.push({ location, detail });
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
