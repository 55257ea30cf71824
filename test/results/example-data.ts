import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { createRandom, type RandomSource } from '../../src/contract';
import type { CocoAnnotation, CocoDetection, CocoTruth } from '../../src/evaluation';
import type { RecordedDataset } from '../../src/core/plan/run-events';

const side = 96;
const categories = [
  { id: 1, name: 'disc' },
  { id: 2, name: 'square' },
  { id: 3, name: 'bar' },
];

interface ExamplePart {
  readonly location: RecordedDataset;
  readonly truth: CocoTruth;
}

export interface ExampleDataset extends ExamplePart {
  /** Unlabelled images with hidden truth. */
  readonly pool: ExamplePart;
}

/** Flat shapes on a flat ground: a data set for tests of what is done with results, from a seed. */
export async function writeExampleDataset(folder: string, count = 24): Promise<ExampleDataset> {
  const validation = await writePart(folder, 'val.json', 1, count);
  const pool = await writePart(join(folder, 'pool'), 'truth.json', 1001, Math.min(count, 12));
  const { annotations: truth, images } = pool.location;
  const unlabelled = join(folder, 'pool', 'images.json');
  writeFileSync(unlabelled, JSON.stringify({ ...pool.truth, annotations: [] }));
  return {
    ...validation,
    location: { ...validation.location, digest: 'd'.repeat(64) },
    pool: {
      truth: pool.truth,
      location: { digest: 'f'.repeat(64), type: 'coco', annotations: unlabelled, images, truth },
    },
  };
}

async function writePart(folder: string, name: string, first: number, count: number): Promise<ExamplePart> {
  const images = join(folder, 'images');
  mkdirSync(images, { recursive: true });
  const random = createRandom('example');
  const annotations: CocoAnnotation[] = [];
  const list = Array.from({ length: count }, (_, index) => ({
    id: first + index,
    file_name: `${String(first + index).padStart(4, '0')}.png`,
    width: side,
    height: side,
  }));
  for (const image of list) {
    const drawn = drawScene(random.fork(image.id));
    for (const { box, category } of drawn.objects) {
      annotations.push({
        id: annotations.length + 1,
        image_id: image.id,
        category_id: category,
        bbox: box,
        area: box[2] * box[3],
        iscrowd: 0,
      });
    }
    await sharp(Buffer.from(drawn.svg)).png().toFile(join(images, image.file_name));
  }
  const truth: CocoTruth = { images: list, annotations, categories };
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(truth));
  return { location: { digest: '', type: 'coco', annotations: file, images }, truth };
}

type Box = [number, number, number, number];

function drawScene(random: RandomSource): { svg: string; objects: { box: Box; category: number }[] } {
  const ground = `hsl(${random.integer(360)} 25% ${random.integer(2) ? 82 : 30}%)`;
  const objects = Array.from({ length: 1 + random.integer(4) }, () => {
    const category = 1 + random.integer(3);
    const width = random.between(16, 50);
    const height = category === 3 ? width / 3 : width;
    const box: Box = [random.between(0, side - width), random.between(0, side - height), width, height].map(
      (value) => Math.round(value * 10) / 10,
    ) as Box;
    return { box, category, colour: `hsl(${random.integer(360)} 70% 55%)` };
  });
  const shapes = objects.map(({ box: [x, y, w, h], category, colour }) =>
    category === 1
      ? `<circle cx="${x + w / 2}" cy="${y + h / 2}" r="${w / 2}" fill="${colour}"/>`
      : `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${colour}"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><rect width="100%" height="100%" fill="${ground}"/>${shapes.join('')}</svg>`;
  return { svg, objects };
}

/** Detections of a made-up detector: the better, the closer to the truth. `skill` in 0…1. */
export function exampleDetections(truth: CocoTruth, skill: number, seed: string): CocoDetection[] {
  const random = createRandom(seed);
  const detections: CocoDetection[] = [];
  const categoryIds = truth.categories.map(({ id }) => id);
  const after = (id: number) => categoryIds[(categoryIds.indexOf(id) + 1) % categoryIds.length]!;
  for (const { image_id, category_id, bbox } of truth.annotations) {
    if (!random.chance(0.35 + 0.6 * skill)) continue;
    const spread = (1 - skill) * 0.22;
    const [x, y, w, h] = bbox;
    detections.push({
      image_id,
      category_id: random.chance(0.8 + 0.2 * skill) ? category_id : after(category_id),
      bbox: [
        x + w * spread * random.normal(),
        y + h * spread * random.normal(),
        w * Math.exp(spread * random.normal()),
        h * Math.exp(spread * random.normal()),
      ],
      score: Math.min(0.999, random.between(0.25 + 0.4 * skill, 1)),
    });
  }
  for (const image of truth.images) {
    if (!random.chance(0.5 * (1 - skill))) continue;
    const size = random.between(15, 40);
    detections.push({
      image_id: image.id,
      category_id: categoryIds[random.integer(categoryIds.length)]!,
      bbox: [random.between(0, 96 - size), random.between(0, 96 - size), size, size],
      score: random.between(0.05, 0.6),
    });
  }
  return detections;
}
