import { type AugmentationPlugin, createRandom, type RgbImage, type Sample } from '../../contract';
import { type Milliseconds, summariseTimes } from './measure';

export interface AugmentationSpeed {
  readonly name: string;
  /** Side of the network's input, and longer side of the images before. */
  readonly size: number;
  readonly images: number;
  readonly imagesPerSecond: number;
  /** By CPU time, which does not advance while other processes have the core. */
  readonly imagesPerCpuSecond: number;
  /** Of one image. */
  readonly milliseconds: Milliseconds;
}

export interface AugmentationSubject {
  readonly name: string;
  readonly plugin: AugmentationPlugin;
}

/** COCO's images are mostly 4 : 3, with seven objects. */
const aspect = 3 / 4;
const objectsPerImage = 7;
/** Distinct images, so that no single image decides the result. */
const distinct = 8;

/**
 * Images a second of each augmentation, on one thread: decoded samples in, augmented samples out. They take turns
 * image by image, so that a busy machine is busy for all of them.
 */
export function benchAugmentations(
  subjects: readonly AugmentationSubject[],
  { size, images, warmup = 20 }: { size: number; images: number; warmup?: number },
): AugmentationSpeed[] {
  const samples = sampleImages(size);
  const times = subjects.map((): number[] => []);
  const cpuSeconds = subjects.map(() => 0);
  for (let i = -warmup; i < images; i++) {
    const sample = samples[(i + warmup) % samples.length]!;
    subjects.forEach(({ plugin }, index) => {
      const random = createRandom(`bench/${i}`);
      const another = () => samples[random.integer(samples.length)]!;
      const before = process.cpuUsage();
      const start = performance.now();
      plugin.apply(sample, { size, random, another });
      if (i < 0) return;
      times[index]!.push(performance.now() - start);
      const { user, system } = process.cpuUsage(before);
      cpuSeconds[index]! += (user + system) / 1e6;
    });
  }
  return subjects.map(({ name }, index) => {
    const own = times[index]!;
    const seconds = own.reduce((sum, ms) => sum + ms, 0) / 1000;
    return {
      name,
      size,
      images,
      imagesPerSecond: Number((images / seconds).toPrecision(4)),
      imagesPerCpuSecond: Number((images / cpuSeconds[index]!).toPrecision(4)),
      milliseconds: summariseTimes(own),
    };
  });
}

/** Synthetic images with gradients, patches and grain, as photographs have them, and boxes; the same ones every time. */
export function sampleImages(size: number): Sample[] {
  return Array.from({ length: distinct }, (_, index) => {
    const random = createRandom(`image/${index}`);
    const width = size;
    const height = Math.round(size * aspect);
    const objects = Array.from({ length: objectsPerImage }, (_, i) => {
      const w = width * random.between(0.05, 0.5);
      const h = height * random.between(0.05, 0.5);
      const xMin = random.between(0, width - w);
      const yMin = random.between(0, height - h);
      return { xMin, yMin, xMax: xMin + w, yMax: yMin + h, category: i };
    });
    const image = grainy(width, height, random.uniform(), random.uniform());
    for (const { xMin, yMin, xMax, yMax, category } of objects) {
      for (let y = Math.floor(yMin); y < yMax && y < height; y++) {
        for (let x = Math.floor(xMin); x < xMax && x < width; x++) {
          const at = (y * width + x) * 3 + (category % 3);
          image.data[at] = (image.data[at]! >> 1) + 16 * category;
        }
      }
    }
    return { image, objects };
  });
}

function grainy(width: number, height: number, right: number, down: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  let grain = 1;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        grain = (Math.imul(grain, 1664525) + 1013904223) | 0;
        const light = 60 + 110 * ((right * x) / width) + 60 * ((down * y) / height) + 12 * c;
        data[to++] = Math.min(255, light + (grain >>> 28));
      }
    }
  }
  return { width, height, data };
}
