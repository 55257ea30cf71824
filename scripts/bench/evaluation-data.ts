import { writeFileSync } from 'node:fs';
import { createRandom, type RandomSource } from '../../src/contract';

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
  const random = createRandom(`synthetic COCO ${seed}`);
  const objects = randomObjects(size, random);
  writeFileSync(paths.annotations, JSON.stringify(groundTruth(size, objects.flat(), random)));
  writeFileSync(paths.detections, JSON.stringify(detectionsOf(size, objects, random)));
}

function randomObjects(size: DataSize, random: RandomSource): SyntheticObject[][] {
  const perImage = Array.from({ length: size.images }, () => 0);
  for (let box = 0; box < size.boxes; box++) perImage[Math.floor(random.uniform() ** 1.5 * size.images)]!++;
  return perImage.map((count, image) => {
    const kinds = Array.from({ length: 1 + random.integer(5) }, () =>
      Math.floor(random.uniform() ** 2 * size.categories),
    );
    return Array.from({ length: count }, () => {
      const scale = Math.exp(random.between(2.2, 5.8));
      const width = Math.min(scale * random.between(0.5, 1.5), 639);
      const height = Math.min(scale * random.between(0.5, 1.5), 479);
      return {
        image,
        category: kinds[random.integer(kinds.length)]!,
        box: [random.between(0, 640 - width), random.between(0, 480 - height), width, height],
        crowd: random.chance(0.012),
      };
    });
  });
}

const imageId = (image: number): number => 139 + image * 116;
const categoryId = (category: number): number => category + 1 + Math.floor(category / 8);

function groundTruth(size: DataSize, objects: readonly SyntheticObject[], random: RandomSource): object {
  return {
    info: { description: 'synthetic' },
    images: Array.from({ length: size.images }, (_, image) => {
      const file_name = `${String(imageId(image)).padStart(12, '0')}.jpg`;
      return { id: imageId(image), file_name, width: 640, height: 480 };
    }),
    annotations: objects.map(({ image, category, box, crowd }, index) => ({
      id: index + 1,
      image_id: imageId(image),
      category_id: categoryId(category),
      bbox: box.map((side) => Number(side.toFixed(2))),
      area: Number((box[2]! * box[3]! * random.between(0.5, 1)).toFixed(4)),
      iscrowd: crowd ? 1 : 0,
    })),
    categories: Array.from({ length: size.categories }, (_, category) => ({
      id: categoryId(category),
      name: `category ${category}`,
    })),
  };
}

function detectionsOf(
  size: DataSize,
  objects: readonly (readonly SyntheticObject[])[],
  random: RandomSource,
): object[] {
  return Array.from({ length: size.detections }, (_, index) => {
    const image = Math.floor((index * size.images) / size.detections);
    const candidates = objects[image]!;
    const near =
      candidates.length > 0 && random.chance(0.6) ? candidates[random.integer(candidates.length)] : undefined;
    const spread = random.between(0.02, 0.32);
    const box = near
      ? near.box.map(
          (side, at) => side + spread * random.normal() * (at < 2 ? 0.5 * near.box[at + 2]! : 0.4 * side),
        )
      : [random.between(0, 500), random.between(0, 400), random.between(5, 135), random.between(5, 80)];
    const category =
      near && random.chance(0.85) ? near.category : Math.floor(random.uniform() ** 2 * size.categories);
    const score = near ? 1 / (1 + Math.exp(9 * spread - 2.5 - random.normal())) : 0.5 * random.uniform() ** 4;
    return {
      image_id: imageId(image),
      category_id: categoryId(category),
      bbox: box.map((side, at) => Math.fround(at < 2 ? side : Math.abs(side))),
      score: Math.fround(score),
    };
  });
}
