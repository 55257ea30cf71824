import { createRandom, type RandomSource } from '../../src/contract/random';
import { type MatchRecords } from '../../src/evaluation';
import { AREA_RANGES, COCO, IOU_THRESHOLDS } from '../../src/evaluation/parameters';

/** A validation set whose images differ in difficulty, and in how much there is to see. */
export interface Images {
  readonly difficulty: Float64Array;
  /** Objects: image, category, own difficulty. Sorted by category. */
  readonly objects: readonly { image: number; category: number; hard: number }[];
}

const CATEGORIES = 4;

export function drawImages(images: number, random: RandomSource): Images {
  const difficulty = Float64Array.from({ length: images }, () => random.normal());
  const objects: { image: number; category: number; hard: number }[] = [];
  for (let image = 0; image < images; image++) {
    const count = Math.floor(4 * random.uniform() ** 2 * Math.exp(0.3 * difficulty[image]!)) + 1;
    const kind = random.integer(CATEGORIES);
    for (let n = 0; n < count; n++) {
      const category = random.chance(0.6) ? kind : Math.floor(random.uniform() ** 1.5 * CATEGORIES);
      objects.push({ image, category, hard: random.normal() });
    }
  }
  return { difficulty, objects: objects.sort((a, b) => a.category - b.category) };
}

/**
 * What matching would find of a detector of a quality (about −2 … 2): how well an object is found depends on the detector,
 * the image and the object, and partly on how this one detector takes this image; scores follow with noise, and some
 * detections see what is not there, more of them in difficult images.
 */
export function detect({ difficulty, objects }: Images, quality: number, random: RandomSource): MatchRecords {
  const images = difficulty.length;
  const taste = Float64Array.from({ length: images }, () => 0.5 * random.normal());
  const found: { category: number; image: number; score: number; bits: number }[] = [];
  for (const { image, category, hard } of objects) {
    const ease = quality - 0.7 * difficulty[image]! - 0.6 * hard + taste[image]! + 0.5 * random.normal();
    const iou = 0.97 / (1 + Math.exp(-(ease + 1.2)));
    const bits = IOU_THRESHOLDS.reduce((all, threshold, t) => (iou >= threshold ? all | (1 << t) : all), 0);
    if (iou > 0.2) found.push({ category, image, score: ease + 0.8 * random.normal(), bits });
  }
  for (let image = 0; image < images; image++) {
    const strays = Math.floor(
      -Math.log(1 - random.uniform()) * Math.exp(0.4 * difficulty[image]! - 0.3 * quality),
    );
    for (let n = 0; n < strays; n++) {
      found.push({ category: random.integer(CATEGORIES), image, score: -1.2 + random.normal(), bits: 0 });
    }
  }
  found.sort((a, b) => a.category - b.category || b.score - a.score);
  return recordsOf(images, objects, found);
}

const ALL = (1 << IOU_THRESHOLDS.length) - 1;

function recordsOf(
  images: number,
  objects: Images['objects'],
  found: readonly { category: number; image: number; score: number; bits: number }[],
): MatchRecords {
  const startsOf = (items: readonly { category: number }[]): Int32Array =>
    Int32Array.from({ length: CATEGORIES + 1 }, (_, k) => items.filter((item) => item.category < k).length);
  const count = found.length;
  const bits = (of: (item: { bits: number }) => number): Uint16Array => {
    const all = new Uint16Array(AREA_RANGES.length * count);
    found.forEach((item, d) => (all[d] = of(item)));
    return all;
  };
  return {
    parameters: COCO,
    tieRule: 'threshold',
    imageIds: Array.from({ length: images }, (_, image) => image + 1),
    categoryIds: Array.from({ length: CATEGORIES }, (_, k) => k + 1),
    count,
    start: startsOf(found),
    row: Int32Array.from(found, (_, d) => d),
    score: Float64Array.from(found, ({ score }) => score),
    image: Int32Array.from(found, ({ image }) => image),
    rank: new Uint16Array(count),
    truePositive: bits((item) => item.bits),
    falsePositive: bits((item) => ALL & ~item.bits),
    truthStart: startsOf(objects),
    truthImage: Int32Array.from(objects, ({ image }) => image),
    truthCounts: new Uint8Array(objects.length).fill(1),
    truthRow: Int32Array.from(objects, (_, n) => n),
    taken: new Int32Array(count).fill(-1),
    near: new Uint8Array(count),
    cut: 0,
    cutTies: [],
  };
}

/** AP on endlessly many images as a function of quality: a table of large sets, and parabolas between. */
export function trueScores(scoreOf: (records: MatchRecords) => number): (quality: number) => number {
  const random = createRandom('truth');
  const sample = drawImages(60_000, random);
  const [first, step, nodes] = [-2, 0.5, 9];
  const table = Array.from({ length: nodes }, (_, n) =>
    scoreOf(detect(sample, first + n * step, random.fork('same'))),
  );
  return (quality) => {
    const at = Math.min(nodes - 2, Math.max(1, Math.round((quality - first) / step)));
    const x = (quality - first) / step - at;
    const [before, here, after] = [table[at - 1]!, table[at]!, table[at + 1]!];
    return here + (x * (after - before)) / 2 + (x * x * (after - 2 * here + before)) / 2;
  };
}
