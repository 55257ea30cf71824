import { type ByteSource, fromBytes, openFile } from '../json/byte-source';
import { JsonReader } from '../json/json-reader';
import { AnnotationColumns } from './columns';
import { resolveGroundTruth } from './ground-truth';
import { readAnnotation, readCategory, readImage } from './entries';
import { MAX_CATEGORIES, MAX_IMAGES } from './limits';
import { type Need, type ProblemHandler, RecordReader, withArticle } from './record-reader';
import { annotationScanner } from './scan-annotations';
import { type CocoCategory, type CocoImage, type Truth } from './types';
import { WarningList } from './warning-list';

export interface ReadAnnotationsOptions {
  /** Images will be opened: their file names and sizes, and the names of categories, are needed; default false. */
  readonly opensImages?: boolean;
  /** A file may list images alone, such as an unlabelled pool; default false. */
  readonly imagesAlone?: boolean;
}

/**
 * Reads a COCO annotation file: `images`, `annotations`, `categories`; anything else is skipped, but must be JSON.
 * Memory grows with the number of annotations, not with the file. Every command that takes such a file reads it here.
 *
 * @throws RethinkError with line, column and path: `FILE_*`, `JSON_*` (`JSON_TRUNCATED`, `JSON_SYNTAX`, `JSON_NOT_FINITE`,
 * …), `COCO_MISSING_FIELD`, `COCO_WRONG_TYPE`, `COCO_TOO_MANY`, `DATASET_PATH_OUTSIDE`, and those of `truthFrom`
 */
export function readAnnotations(file: string, options?: ReadAnnotationsOptions): Truth {
  return readStrictly(openFile(file), options);
}

export function readAnnotationBytes(
  bytes: Uint8Array,
  file?: string,
  options?: ReadAnnotationsOptions,
): Truth {
  return readStrictly(fromBytes(bytes, file), options);
}

function readStrictly(
  source: ByteSource,
  { opensImages = false, imagesAlone = false }: ReadAnnotationsOptions = {},
): Truth {
  const warnings = new WarningList();
  const columns = new AnnotationColumns();
  const scanner = annotationScanner(columns);
  const images: CocoImage[] = [];
  const categories: CocoCategory[] = [];
  readDocument(
    source,
    strictly(warnings),
    { opensImages, lists: imagesAlone ? 'given' : 'always' },
    (reader) => ({
      image: () => images.push(readImage(reader)!),
      category: () => categories.push(readCategory(reader)!),
      annotation: () => {
        if (reader.json.scan(scanner)) return columns.count - 1;
        readAnnotation(reader, columns);
        return;
      },
    }),
  );
  return resolveGroundTruth(images, categories, columns, { file: source.file, warnings });
}

/** Needed values have to be right; the others cost one warning. */
export function strictly(warnings: WarningList): ProblemHandler {
  return {
    wrong: ({ code, message, hint }, json) => json.fail(code, message, hint),
    odd: (path) =>
      warnings.add('COCO_FIELD_IGNORED', 'Odd values of fields that are not needed were ignored.', path),
    unapplied: (path) =>
      warnings.add(
        'COCO_RULES_ONLY',
        'The rules of LVIS and Open Images (neg_category_ids, not_exhaustive_category_ids, isgroupof) are not applied, only those of COCO.',
        path,
      ),
  };
}

/** Each reads the next entry of its list. */
export interface EntryReaders {
  /** @returns the number of entries so far */
  readonly image: (index: number) => number;
  readonly category: (index: number) => number;
  /** @returns the index of the last entry that was read where it is not the first one */
  readonly annotation: (index: number) => number | void;
}

/** Walks through a COCO document; closes the source. */
export function readDocument(
  source: ByteSource,
  handler: ProblemHandler,
  options: { readonly opensImages: boolean; readonly images?: Need; readonly lists: Need },
  readers: (reader: RecordReader) => EntryReaders,
): void {
  try {
    const json = new JsonReader(source, { nonFinite: true });
    const reader = new RecordReader(json, handler, options.opensImages);
    if (json.kind() !== 'object') {
      const message = `An object with images, annotations and categories is expected, found ${withArticle(json.kind())}.`;
      const hint = json.kind() === 'array' ? 'Is this a detections file?' : undefined;
      json.fail('COCO_WRONG_TYPE', message, hint);
    }
    const { image, category, annotation } = readers(reader);
    const entries = {
      images: (index: number) => atMost(MAX_IMAGES, image(index), json),
      annotations: annotation,
      categories: (index: number) => atMost(MAX_CATEGORIES, category(index), json),
    };
    const { images = 'always', lists } = options;
    reader.record({ images, annotations: lists, categories: lists }, (list) => {
      if (!reader.is('array', 'A list')) return;
      json.array((index) => (reader.is('object', 'An object') ? entries[list](index) : undefined));
    });
    json.finish();
    for (const path of json.nonFiniteSkipped) handler.odd(path);
  } finally {
    source.close();
  }
}

function atMost(most: number, count: number, json: JsonReader): void {
  if (count > most) json.fail('COCO_TOO_MANY', `More than ${most} entries: no data set has so many.`);
}
