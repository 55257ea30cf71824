import { RethinkError } from '../contract/errors';
import { picked } from '../core/coco/columns';
import { normaliseFileName } from '../core/coco/values';
import { suggest } from '../core/text/did-you-mean';
import { quoted } from '../core/text/format';
import { type CocoCategory, type Detections, type Truth, type Warning } from './types';

/** What part of a data set is evaluated; all of it where nothing is given. */
export interface SubsetOptions {
  /** Ids or file names. */
  readonly images?: readonly string[];
  /** Names or ids. */
  readonly categories?: readonly string[];
  /** All (chosen) categories count as one, as with `useCats = 0` of pycocotools. */
  readonly classAgnostic?: boolean;
}

export interface Subset {
  readonly truth: Truth;
  /** The detections of the subset, with counts of the others as warnings. */
  readonly take: (detections: Detections) => Detections;
}

/**
 * @param full with all that detections may refer to
 * @throws RethinkError `USAGE` for unknown images or categories
 */
export function subsetOf(full: Truth, { images, categories, classAgnostic = false }: SubsetOptions): Subset {
  const image = chosenIndices(full.images, images, 'image', ({ file_name }) => file_name);
  const category = chosenIndices(full.categories, categories, 'category', ({ name }) => name);
  const rowsOf = (entries: Pick<Truth, 'image' | 'category' | 'count'>): Int32Array => {
    const rows = Int32Array.from({ length: entries.count }, (_, row) => row).filter(
      (row) => image[entries.image[row]!]! >= 0 && category[entries.category[row]!]! >= 0,
    );
    // pycocotools joins the lists of the categories; the sort is stable.
    return classAgnostic
      ? rows.sort((one, other) => entries.category[one]! - entries.category[other]!)
      : rows;
  };
  const columns = (entries: Pick<Truth, 'image' | 'category' | 'box' | 'score'>, rows: Int32Array) => ({
    count: rows.length,
    image: rows.map((row) => image[entries.image[row]!]!),
    category: rows.map((row) => (classAgnostic ? 0 : category[entries.category[row]!]!)),
    box: picked(entries.box, rows, 4),
    score: picked(entries.score, rows),
  });
  const rows = rowsOf(full);
  const anyCategory: CocoCategory = { id: -1, name: 'any category' };
  return {
    truth: {
      ...full,
      ...columns(full, rows),
      images: full.images.filter((_, index) => image[index]! >= 0),
      categories: classAgnostic ? [anyCategory] : full.categories.filter((_, k) => category[k]! >= 0),
      id: picked(full.id, rows),
      area: picked(full.area, rows),
      crowd: picked(full.crowd, rows),
      ignore: picked(full.ignore, rows),
    },
    take: (detections) => {
      const elsewhere = detections.image.filter((index) => image[index]! < 0).length;
      const taken = rowsOf(detections);
      const warnings = [
        leftOut('DETECTIONS_ON_OTHER_IMAGES', 'on images that were not chosen', elsewhere),
        leftOut(
          'DETECTIONS_OF_OTHER_CATEGORIES',
          'of categories that were not chosen',
          detections.count - elsewhere - taken.length,
        ),
      ];
      return {
        ...detections,
        ...columns(detections, taken),
        warnings: [...detections.warnings, ...warnings.filter(({ count }) => count > 0)],
      };
    },
  };
}

function leftOut(code: string, which: string, count: number): Warning {
  return { code, message: `Detections ${which} were left out.`, count };
}

/** For each entry its index among the chosen ones, −1 for the others. */
function chosenIndices<Entry extends { readonly id: number }>(
  entries: readonly Entry[],
  chosen: readonly string[] | undefined,
  what: 'image' | 'category',
  nameOf: (entry: Entry) => string | undefined,
): Int32Array {
  const compared = (name: string): string =>
    (what === 'image' ? (normaliseFileName(name) ?? name) : name).normalize('NFC');
  const keys = new Map(chosen?.map((name) => [compared(name), name]));
  const known = new Set<string>();
  let next = 0;
  const indices = Int32Array.from(entries, (entry) => {
    const names = [String(entry.id), nameOf(entry)].filter((name) => name !== undefined).map(compared);
    names.forEach((name) => known.add(name));
    return chosen === undefined || names.some((name) => keys.has(name)) ? next++ : -1;
  });
  const unknown = [...keys].find(([name]) => !known.has(name))?.[1];
  if (unknown === undefined) return indices;
  const candidates = what === 'image' && known.size > 100 ? [...known].slice(0, 10) : known;
  throw new RethinkError('USAGE', `The ground truth has no ${what} ${quoted(unknown)}.`, {
    location: { path: what === 'image' ? '--images' : '--categories' },
    hint: suggest(unknown, candidates),
  });
}
