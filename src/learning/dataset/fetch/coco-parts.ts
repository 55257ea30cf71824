import { RethinkError } from '../../../contract';
import { openFile } from '../../../core/json/byte-source';
import { JsonReader } from '../../../core/json/json-reader';

/** An entry of COCO's `images` as far as it is kept. */
export interface CocoImageEntry {
  readonly id: number;
  readonly file_name: string;
  readonly width: number;
  readonly height: number;
  readonly license?: number;
  readonly coco_url?: string;
  readonly flickr_url?: string;
}

/** An entry of `annotations` without its outline. */
export interface CocoBoxEntry {
  readonly id: number;
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: readonly number[];
  readonly area: number;
  readonly iscrowd: number;
}

export interface CocoParts {
  readonly images: CocoImageEntry[];
  readonly annotations: CocoBoxEntry[];
  readonly categories: { readonly id: number; readonly name: string; readonly supercategory?: string }[];
  readonly licenses: { readonly id: number; readonly name: string; readonly url: string }[];
}

type Field = 'number' | 'text' | 'numbers';

const imageFields = {
  id: 'number',
  file_name: 'text',
  width: 'number',
  height: 'number',
  license: 'number',
  coco_url: 'text',
  flickr_url: 'text',
} as const;
const boxFields = {
  id: 'number',
  image_id: 'number',
  category_id: 'number',
  bbox: 'numbers',
  area: 'number',
  iscrowd: 'number',
} as const;
const categoryFields = { id: 'number', name: 'text', supercategory: 'text' } as const;
const licenseFields = { id: 'number', name: 'text', url: 'text' } as const;

/**
 * The part of a COCO annotation file that concerns the wanted images, read in bounded memory: `instances_train2017.json`
 * has 448 MB. Outlines (`segmentation`) are left out.
 *
 * @throws RethinkError with line and path where the file is malformed, `SUBSET_IMAGES` where it lacks wanted images
 */
export function readCocoParts(file: string, wanted: ReadonlySet<number>): CocoParts {
  const parts: CocoParts = { images: [], annotations: [], categories: [], licenses: [] };
  const source = openFile(file);
  try {
    const reader = new JsonReader(source);
    const read: Record<string, () => void> = {
      images: () =>
        each<CocoImageEntry>(reader, imageFields, ['id', 'file_name', 'width', 'height'], (entry) => {
          if (wanted.has(entry.id)) parts.images.push(entry);
        }),
      annotations: () =>
        each<CocoBoxEntry>(reader, boxFields, ['id', 'image_id', 'category_id', 'bbox'], (entry) => {
          if (wanted.has(entry.image_id)) parts.annotations.push(entry);
        }),
      categories: () =>
        each<CocoParts['categories'][number]>(reader, categoryFields, ['id', 'name'], (entry) => {
          parts.categories.push(entry);
        }),
      licenses: () =>
        each<CocoParts['licenses'][number]>(reader, licenseFields, ['id', 'name', 'url'], (entry) => {
          parts.licenses.push(entry);
        }),
    };
    reader.object((key) => (read[key] ?? (() => reader.skip()))());
    reader.finish();
  } finally {
    source.close();
  }
  const missing = wanted.size - parts.images.length;
  if (missing > 0) {
    throw new RethinkError(
      'SUBSET_IMAGES',
      `${missing} of ${wanted.size} images of the subset are not listed.`,
      {
        location: { file, path: 'images' },
        hint: 'The subset is of COCO 2017: is this its annotation file?',
      },
    );
  }
  return parts;
}

function each<T>(
  reader: JsonReader,
  fields: Readonly<Record<string, Field>>,
  needed: readonly (keyof T & string)[],
  take: (entry: T) => void,
): void {
  reader.array(() => {
    const entry: Record<string, unknown> = {};
    reader.object((key) => {
      const field = fields[key];
      if (field === undefined) reader.skip();
      else entry[key] = readField(reader, key, field);
    });
    const absent = needed.find((key) => entry[key] === undefined);
    if (absent !== undefined) reader.fail('COCO_MISSING_FIELD', `An entry has no "${absent}".`);
    take(entry as T);
  });
}

function readField(reader: JsonReader, key: string, field: Field): unknown {
  const kind = reader.kind();
  const expected = field === 'numbers' ? 'array' : field === 'text' ? 'string' : 'number';
  if (kind !== expected)
    reader.fail('COCO_WRONG_TYPE', `"${key}" should be of type ${expected}, found ${kind}.`);
  if (field === 'text') return reader.text();
  if (field === 'number') return reader.decimal();
  const numbers: number[] = [];
  reader.array(() => {
    if (reader.kind() !== 'number') reader.fail('COCO_WRONG_TYPE', `"${key}" should hold numbers.`);
    numbers.push(reader.decimal());
  });
  return numbers;
}
