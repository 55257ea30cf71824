import { type DatasetProgress } from '../files';
import { checkBoxes } from './check-boxes';
import { type CategoryCount, checkCategories } from './check-categories';
import { checkCopies, checkSplit, type Split } from './check-duplicates';
import { checkIds } from './check-ids';
import { checkImages } from './check-images';
import { checkUnlisted, readImages } from './check-image-files';
import { type DataFinding, FindingList, type DataSeverity } from './finding';
import { type RawDataset } from './raw-dataset';
import { readRaw } from './read-raw';

export interface CheckOptions {
  /** COCO annotation file. */
  readonly annotations: string;
  /** Folder that file names are relative to; without it no image is opened. */
  readonly images?: string;
  /** Other splits, which should share categories and no image; `images` is the same folder where it is absent. */
  readonly against?: readonly { readonly annotations: string; readonly images?: string }[];
  /** Also find images that look alike. */
  readonly nearDuplicates?: boolean;
  readonly progress?: DatasetProgress;
}

export interface DatasetCheck {
  readonly file: string;
  readonly counts: {
    readonly images: number;
    readonly annotations: number;
    readonly categories: number;
    /** Images that could be decoded; absent without a folder. */
    readonly openedImages?: number;
  };
  readonly severities: Readonly<Record<DataSeverity, number>>;
  /** Errors first. */
  readonly findings: readonly DataFinding[];
  /** In the order of the file. */
  readonly categories: readonly CategoryCount[];
}

/**
 * Health check of a COCO data set.
 *
 * @throws RethinkError with its location where a file cannot be read at all, see `readRaw`
 */
export async function checkDataset(options: CheckOptions): Promise<DatasetCheck> {
  const { annotations, images, against = [], nearDuplicates = false, progress } = options;
  const findings = new FindingList();
  const dataset = readRaw(annotations, findings);
  const categories = checkIndex(dataset, findings);
  const reading = { hashes: nearDuplicates, progress };
  const readings = images === undefined ? undefined : await readImages(dataset, images, findings, reading);
  if (images !== undefined) await checkUnlisted(dataset, images, findings);
  if (readings !== undefined) checkCopies(readings, findings);
  for (const other of against) {
    // The other file's problems are reported when that file is checked.
    const ignored = new FindingList();
    const folder = other.images ?? images;
    const raw = readRaw(other.annotations, ignored);
    const split: Split = {
      dataset: raw,
      images: folder === undefined ? undefined : await readImages(raw, folder, ignored, reading),
    };
    checkSplit({ dataset, images: readings }, split, findings);
  }
  const list = findings.list();
  const kinds = (severity: DataSeverity): number =>
    list.filter((finding) => finding.severity === severity).length;
  return {
    file: annotations,
    counts: {
      images: dataset.images.length,
      annotations: dataset.annotations.count,
      categories: dataset.categories.length,
      openedImages: readings?.length,
    },
    severities: { error: kinds('error'), warning: kinds('warning'), note: kinds('note') },
    findings: list,
    categories,
  };
}

/** All checks that need no image. */
export function checkIndex(dataset: RawDataset, findings: FindingList): CategoryCount[] {
  const { images, categories, annotations } = dataset;
  if (images.length === 0) findings.add('NO_IMAGES', 'images');
  if (annotations.count === 0) findings.add('NO_ANNOTATIONS', 'annotations');
  else if (categories.length === 0) findings.add('NO_CATEGORIES', 'categories');
  checkIds(dataset, findings);
  checkImages(dataset, findings);
  checkBoxes(dataset, findings);
  return checkCategories(dataset, findings);
}
