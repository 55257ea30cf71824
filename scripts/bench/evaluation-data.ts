import { closeSync, openSync, writeSync } from 'node:fs';

/** Size of a synthetic data set. */
export interface DataSize {
  images: number;
  boxes: number;
  detections: number;
  categories: number;
}

export const VAL2017: DataSize = { images: 5000, boxes: 36_000, detections: 500_000, categories: 80 };

interface SyntheticObject {
  readonly image: number;
  readonly category: number;
  readonly box: readonly number[];
  readonly crowd: boolean;
}

type Uniform = () => number;

/**
 * Writes random ground truth and detections like those of a detector on COCO: each image has a few categories; most
 * detections are near an object, with a score that follows their overlap, the others anywhere with a low score. Numbers
 * are written in full, as Python's `json.dump` writes floats that came from a GPU.
 */
export function writeData(
  size: DataSize,
  seed: number,
  paths: { annotations: string; detections: string },
): void {
  const random = mulberry32(seed);
  const objects = randomObjects(size, random);
  writeAnnotations(paths.annotations, size, objects, random);
  writeDetections(paths.detections, size, objects, random);
}

function randomObjects(size: DataSize, random: Uniform): SyntheticObject[][] {
  const perImage = Array.from({ length: size.images }, () => 0);
  for (let box = 0; box < size.boxes; box++) perImage[Math.floor(random() ** 1.5 * size.images)]!++;
  return perImage.map((count, image) => {
    const kinds = Array.from({ length: 1 + Math.floor(random() * 5) }, () =>
      Math.floor(random() ** 2 * size.categories),
    );
    return Array.from({ length: count }, () => {
      const scale = Math.exp(2.2 + 3.6 * random());
      const width = Math.min(scale * (0.5 + random()), 639);
      const height = Math.min(scale * (0.5 + random()), 479);
      return {
        image,
        category: kinds[Math.floor(random() * kinds.length)]!,
        box: [random() * (640 - width), random() * (480 - height), width, height],
        crowd: random() < 0.012,
      };
    });
  });
}

const imageId = (image: number): number => 139 + image * 116;
const categoryId = (category: number): number => category + 1 + Math.floor(category / 8);

function writeAnnotations(
  path: string,
  size: DataSize,
  objects: readonly (readonly SyntheticObject[])[],
  random: Uniform,
): void {
  const writer = new Writer(path);
  writer.write('{"info": {"description": "made from a seed"}, "images": [');
  writer.list(size.images, (image) => {
    const name = String(imageId(image)).padStart(12, '0');
    return `{"id": ${imageId(image)}, "file_name": "${name}.jpg", "width": 640, "height": 480}`;
  });
  writer.write('], "annotations": [');
  const flat = objects.flat();
  writer.list(flat.length, (index) => {
    const { image, category, box, crowd } = flat[index]!;
    const area = (box[2]! * box[3]! * (0.5 + 0.5 * random())).toFixed(4);
    return (
      `{"id": ${index + 1}, "image_id": ${imageId(image)}, "category_id": ${categoryId(category)}, ` +
      `"bbox": [${box.map((side) => side.toFixed(2)).join(', ')}], "area": ${area}, "iscrowd": ${crowd ? 1 : 0}}`
    );
  });
  writer.write('], "categories": [');
  writer.list(
    size.categories,
    (category) => `{"id": ${categoryId(category)}, "name": "category ${category}"}`,
  );
  writer.write(']}');
  writer.close();
}

function writeDetections(
  path: string,
  size: DataSize,
  objects: readonly (readonly SyntheticObject[])[],
  random: Uniform,
): void {
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const writer = new Writer(path);
  writer.write('[');
  writer.list(size.detections, (index) => {
    const image = Math.floor((index * size.images) / size.detections);
    const candidates = objects[image]!;
    const near =
      candidates.length > 0 && random() < 0.6
        ? candidates[Math.floor(random() * candidates.length)]!
        : undefined;
    const spread = 0.02 + 0.3 * random();
    const box = near
      ? near.box.map(
          (side, at) =>
            side + (at < 2 ? spread * near.box[at + 2]! * normal() * 0.5 : side * spread * normal() * 0.4),
        )
      : [random() * 500, random() * 400, 5 + random() * 130, 5 + random() * 75];
    const category = near && random() < 0.85 ? near.category : Math.floor(random() ** 2 * size.categories);
    const score = near ? 1 / (1 + Math.exp(9 * spread - 2.5 - normal())) : 0.5 * random() ** 4;
    const sides = box.map((side, at) => Math.fround(at < 2 ? side : Math.abs(side)));
    return (
      `{"image_id": ${imageId(image)}, "category_id": ${categoryId(category)}, ` +
      `"bbox": [${sides.join(', ')}], "score": ${Math.fround(score)}}`
    );
  });
  writer.write(']');
  writer.close();
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class Writer {
  private readonly descriptor: number;
  private readonly parts: string[] = [];

  constructor(path: string) {
    this.descriptor = openSync(path, 'w');
  }

  write(text: string): void {
    this.parts.push(text);
    if (this.parts.length > 5000) this.flush();
  }

  list(length: number, entry: (index: number) => string): void {
    for (let index = 0; index < length; index++) this.write((index === 0 ? '' : ', ') + entry(index));
  }

  close(): void {
    this.flush();
    closeSync(this.descriptor);
  }

  private flush(): void {
    writeSync(this.descriptor, this.parts.join(''));
    this.parts.length = 0;
  }
}
