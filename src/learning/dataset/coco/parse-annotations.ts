import { type SourceLocation, RethinkError, type SampleObject } from '../../../contract';
import { suggest } from '../../../core/text/did-you-mean';
import { type Category, type DatasetImage, type DatasetWarning } from '../types';
import { WarningList } from '../warnings';
import { Fields } from './fields';
import { parseBox } from './parse-box';

export interface CocoIndex {
  readonly categories: readonly Category[];
  readonly images: readonly DatasetImage[];
  readonly warnings: readonly DatasetWarning[];
}

/**
 * Checks the object of a COCO detection file (https://cocodataset.org/#format-data) and brings it into order: images
 * and categories by id, boxes as corners, category ids as indices. Files without `annotations` list images alone.
 *
 * What contradicts itself is an error; boxes that reach outside their image are clipped and those without any
 * extent are dropped, each with a warning (`COCO_BOX_CLIPPED`, `COCO_BOX_OUTSIDE`, `COCO_BOX_EMPTY`).
 *
 * @throws RethinkError `COCO_MALFORMED`, `COCO_DUPLICATE_ID`, `COCO_UNKNOWN_IMAGE`, `COCO_UNKNOWN_CATEGORY` or
 * `DATASET_PATH_OUTSIDE`, with file and place
 */
export function parseCoco(document: unknown, file: string): CocoIndex {
  const root = new Fields(document, { file });
  const categories = parseCategories(root);
  const index = new Map(categories.map((category, i) => [category.id, i]));
  const warnings = new WarningList();
  const images = parseImages(root, warnings);
  const byId = new Map(images.map((image) => [image.id, image]));
  const annotationIds = new Set<number>();
  for (const fields of root.list('annotations', { optional: true })) {
    const id = fields.optional('id') === undefined ? undefined : fields.integer('id');
    if (id !== undefined) unique(annotationIds, id, 'annotation', fields.place('id'));
    const imageId = fields.integer('image_id');
    const image = byId.get(imageId);
    if (image === undefined) {
      throw new RethinkError('COCO_UNKNOWN_IMAGE', `names image ${imageId}, which "images" does not list`, {
        location: fields.place('image_id'),
        hint: 'the file may be a mixture of two, or its list of images was cut',
      });
    }
    const category = index.get(fields.integer('category_id'));
    if (category === undefined) {
      throw new RethinkError(
        'COCO_UNKNOWN_CATEGORY',
        `names category ${fields.integer('category_id')}, which "categories" does not list`,
        {
          location: fields.place('category_id'),
          hint: suggest(
            String(fields.integer('category_id')),
            categories.map(({ id, name }) => `${id} (${name})`),
          ),
        },
      );
    }
    const box = parseBox(fields, image, warnings);
    if (box !== undefined) image.objects.push({ ...box, category, ...flags(fields) });
  }
  images.sort((a, b) => a.id - b.id);
  return { categories, images, warnings: warnings.list() };
}

function parseCategories(root: Fields): Category[] {
  const ids = new Set<number>();
  const categories = root.list('categories', { optional: true }).map((fields) => {
    const id = fields.integer('id');
    unique(ids, id, 'category', fields.place('id'));
    return { id, name: fields.text('name') };
  });
  return categories.sort((a, b) => a.id - b.id);
}

type OpenImage = Omit<DatasetImage, 'objects'> & { width: number; height: number; objects: SampleObject[] };

function parseImages(root: Fields, warnings: WarningList): OpenImage[] {
  const ids = new Set<number>();
  const files = new Set<string>();
  return root.list('images').map((fields) => {
    const id = fields.integer('id');
    unique(ids, id, 'image', fields.place('id'));
    const file = fields.relativePath('file_name');
    if (files.has(file)) {
      warnings.add('COCO_FILE_TWICE', 'one image file has several entries', fields.path('file_name'));
    }
    files.add(file);
    return { id, file, width: fields.size('width'), height: fields.size('height'), objects: [] };
  });
}

function unique(ids: Set<number>, id: number, what: string, place: SourceLocation): void {
  if (ids.has(id)) {
    throw new RethinkError('COCO_DUPLICATE_ID', `${what} id ${id} appears twice`, {
      location: place,
      hint: 'ids must be unique; number them anew',
    });
  }
  ids.add(id);
}

function flags(fields: Fields): Pick<SampleObject, 'crowd' | 'score' | 'ignore'> {
  const score = fields.optional('score');
  return {
    ...(fields.flag('iscrowd') && { crowd: true }),
    ...(fields.flag('ignore') && { ignore: true }),
    ...(score !== undefined && { score: fields.number('score') }),
  };
}
