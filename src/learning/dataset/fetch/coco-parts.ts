import { z } from 'zod';
import { RethinkError } from '../../../contract';
import { annotationAt } from '../../../core/coco/ground-truth';
import { readAnnotations } from '../../../core/coco/read-annotations';
import { type CocoAnnotation, type CocoCategory, type CocoImage } from '../../../core/coco/types';
import { openFile } from '../../../core/json/byte-source';
import { JsonReader } from '../../../core/json/json-reader';

const origin = z.object({
  id: z.number(),
  license: z.number().optional(),
  flickr_url: z.string().optional(),
});
const licence = z.object({ id: z.number(), name: z.string(), url: z.string() });

export type CocoImageEntry = Required<CocoImage> & Omit<z.infer<typeof origin>, 'id'>;

/** The part of a COCO file that concerns some images, without outlines. */
export interface CocoParts {
  readonly images: CocoImageEntry[];
  readonly annotations: CocoAnnotation[];
  readonly categories: readonly CocoCategory[];
  readonly licenses: readonly z.infer<typeof licence>[];
}

/**
 * The part of a COCO annotation file that concerns the requested images. Memory grows with its entries, not with its
 * outlines: `instances_train2017.json` has 448 MB.
 *
 * @throws RethinkError as `readAnnotations` does, `SUBSET_IMAGES` where the file lacks requested images
 */
export function readCocoParts(file: string, requested: ReadonlySet<number>): CocoParts {
  const truth = readAnnotations(file, { opensImages: true });
  const { licenses, origins } = readOrigins(file);
  const images = truth.images
    .filter(({ id }) => requested.has(id))
    .map((image) => ({ ...(image as Required<CocoImage>), ...origins.get(image.id) }));
  const missing = requested.size - images.length;
  if (missing > 0) {
    throw new RethinkError(
      'SUBSET_IMAGES',
      `${missing} of ${requested.size} images of the subset are not listed.`,
      {
        location: { file, path: 'images' },
        hint: 'The subset is of COCO 2017: is this its annotation file?',
      },
    );
  }
  const rows = Array.from({ length: truth.count }, (_, row) => row);
  const annotations = rows
    .filter((row) => requested.has(truth.images[truth.image[row]!]!.id))
    .map((row) => annotationAt(truth, row));
  return { images, annotations, categories: truth.categories, licenses };
}

/** Licences, and each image's licence and page: what only licence notes need. */
function readOrigins(file: string) {
  const source = openFile(file);
  try {
    const json = new JsonReader(source, { nonFinite: true });
    const lists: Record<string, unknown> = {};
    json.object((key) => {
      if (key === 'images' || key === 'licenses') lists[key] = json.value();
      else json.skip();
    });
    const origins = z.array(origin).catch([]).parse(lists['images']);
    return {
      licenses: z.array(licence).catch([]).parse(lists['licenses']),
      origins: new Map(origins.map((image) => [image.id, image])),
    };
  } finally {
    source.close();
  }
}
