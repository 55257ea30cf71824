import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Detections, Truth } from '../../evaluation';
import { type DetectionAgreement, agreements } from './agreement';
import type { ImageFiles } from './image-files';
import { detectionKinds, type TypedImage, typedImages } from './typed-images';

/** Detections below this score are no part of the pages' data, whatever the reader's threshold. */
export const GALLERY_SCORE = 0.05;
/** Nor are more of one image than this, the best-scored ones. */
export const GALLERY_DETECTIONS = 30;
/** Detectors, evenly over the ranking, that determine which images are hard. */
export const GALLERY_JUDGES = 12;

/** Groups of images, with how many there are in each. */
export const imageGroups = [
  { id: 'spread', name: 'evenly spread over the data', count: 8 },
  { id: 'hardest', name: 'hardest', count: 6 },
  { id: 'easiest', name: 'easiest', count: 6 },
  { id: 'disputed', name: 'most disputed', count: 6 },
] as const;
type ImageGroup = (typeof imageGroups)[number]['id'];
type GroupSizes = Readonly<Record<ImageGroup, number>>;
const groupSizes = Object.fromEntries(
  imageGroups.map(({ id, count }) => [id, count]),
) as unknown as GroupSizes;

interface ChosenImage {
  /** Index into the truth's images. */
  readonly image: number;
  readonly group: ImageGroup;
}

/**
 * The images of a gallery: some evenly spread over the data; of the others those with the lowest and the highest mean F1
 * over several detectors, and those whose F1 differs most between them. Always the same for the same results.
 *
 * @param judges F1 of every image, by detector
 */
export function chooseGallery(
  truth: Truth,
  judges: readonly (readonly number[])[],
  sizes: GroupSizes = groupSizes,
): ChosenImage[] {
  const objects = new Float64Array(truth.images.length);
  for (let row = 0; row < truth.count; row++) if (truth.crowd[row] === 0) objects[truth.image[row]!]!++;
  const withObjects = truth.images.flatMap((_, image) => (objects[image]! > 0 ? [image] : []));
  const spread = Math.min(sizes.spread, withObjects.length);
  const chosen: ChosenImage[] = Array.from({ length: spread }, (_, index) => ({
    image: withObjects[Math.floor(((index + 0.5) * withObjects.length) / spread)]!,
    group: 'spread',
  }));
  const mean = (image: number) => judges.reduce((sum, f1) => sum + f1[image]!, 0) / judges.length;
  const range = (image: number) =>
    Math.max(...judges.map((f1) => f1[image]!)) - Math.min(...judges.map((f1) => f1[image]!));
  const take = (group: ImageGroup, order: (image: number) => number): void => {
    const taken = new Set(chosen.map(({ image }) => image));
    const rest = withObjects
      .filter((image) => !taken.has(image))
      .map((image) => ({ image, order: order(image) }))
      .sort((a, b) => b.order - a.order || objects[b.image]! - objects[a.image]! || a.image - b.image);
    chosen.push(...rest.slice(0, sizes[group]).map(({ image }) => ({ image, group })));
  };
  if (judges.length > 1) take('disputed', range);
  if (judges.length > 0) {
    take('hardest', (image) => -mean(image));
    take('easiest', mean);
  }
  const order = imageGroups.map(({ id }) => id);
  return chosen.sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group));
}

/** Some of a list, evenly spread; the first is always among them. */
export function evenly<T>(list: readonly T[], most: number): T[] {
  const count = Math.min(most, list.length);
  return Array.from({ length: count }, (_, index) => list[Math.floor((index * list.length) / count)]!);
}

export interface GalleryImage extends ChosenImage {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Address of the image, seen from the page. */
  readonly href: string;
}

interface GalleryOptions {
  /** Name of the gallery in the pages' data. */
  readonly name: string;
  readonly truth: Truth;
  readonly images: readonly GalleryImage[];
  /** Folder of the data files. */
  readonly folder: string;
  /** Detections below this score are left out; default `GALLERY_SCORE`. */
  readonly leastScore?: number;
}

/** Writes what the script of the images page draws: a file for the images with their truth, one for each detector. */
export class Gallery {
  private wroteTruth = false;

  constructor(private readonly options: GalleryOptions) {}

  get categories(): string[] {
    return this.options.truth.categories.map(({ id, name }) => name ?? String(id));
  }

  /**
   * Adds a detector's boxes.
   *
   * @param id of the detector: a file name
   * @returns what was found on each image
   */
  add(id: string, detections: Detections): TypedImage[] {
    const { truth, images, leastScore = GALLERY_SCORE } = this.options;
    const typed = typedImages(
      truth,
      detections,
      images.map(({ image }) => image),
      { leastScore, most: GALLERY_DETECTIONS },
    );
    if (!this.wroteTruth) {
      this.write('truth', {
        categories: this.categories,
        images: images.map(({ group, name: file, width, height, href }, at) => ({
          group,
          name: file,
          width,
          height,
          href,
          objects: typed[at]!.objects.map(({ box, category }) => [...box.map(tenth), category]),
        })),
      });
      this.wroteTruth = true;
    }
    this.write(
      id,
      typed.map(({ detections: found }) =>
        found.map(({ box, category, score, kind, object }) => [
          ...box.map(tenth),
          category,
          // Never up over a threshold that the detection does not reach.
          Math.floor(score * 1000) / 1000,
          detectionKinds.indexOf(kind),
          object,
        ]),
      ),
    );
    return typed;
  }

  private write(id: string, value: unknown): void {
    const { name, folder } = this.options;
    mkdirSync(folder, { recursive: true });
    // A script rather than JSON: pages opened from disk may load the one, and not the other.
    const call = `rethinkGallery(${JSON.stringify(name)},${JSON.stringify(id)},${JSON.stringify(value)});\n`;
    writeFileSync(join(folder, `${name}-${id}.js`), call);
  }
}

const tenth = (value: number) => Math.round(value * 10) / 10;

/** The same image at a score threshold, as it is drawn for readers without scripts. */
export function agreementAt(
  { image, objects, detections }: TypedImage,
  scoreThreshold: number,
): DetectionAgreement {
  const drawn = detections.filter(({ score }) => score >= scoreThreshold);
  const found = new Set(drawn.flatMap(({ kind, object }) => (kind === 'right' ? [object] : [])));
  const total = objects.length + drawn.length;
  return {
    image,
    objects: objects.map(({ box, category }, at) => ({ box, category, hit: found.has(at) })),
    detections: drawn.map(({ box, category, score, kind }) => ({
      box,
      category,
      score,
      hit: kind === 'right',
    })),
    f1: total === 0 ? 1 : (2 * found.size) / total,
  };
}

/** F1 of every image at the pages' threshold. */
export function f1OfImages(truth: Truth, detections: Detections): number[] {
  return agreements(truth, detections).map(({ f1 }) => f1);
}

/** Copies the chosen images beside the pages; those that can't be read are left out, with the reason. */
export async function storeImages(
  chosen: readonly ChosenImage[],
  truth: Truth,
  { images, store, href }: { readonly images: string; readonly store: ImageFiles; readonly href: string },
): Promise<{ readonly images: GalleryImage[]; readonly missing?: string }> {
  const gallery: GalleryImage[] = [];
  let missing: string | undefined;
  for (const { image, group } of chosen) {
    const { id, file_name, width, height } = truth.images[image]!;
    const name = file_name ?? `image ${id}`;
    const stored = await store.store(images, name);
    if (!stored.ok) missing ??= stored.reason;
    else if (!width || !height) missing ??= 'the size of an image is not known';
    else gallery.push({ image, group, name, width, height, href: `${href}${stored.file}` });
  }
  return { images: gallery, missing };
}
