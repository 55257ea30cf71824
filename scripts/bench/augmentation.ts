import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { magnitudeAt, paperConstants } from '../../plugins/shared/autoaugment/levels';
import { policies, randAugmentOperations } from '../../plugins/shared/autoaugment/policies';
import { type AugmentationSpeed, sampleImages } from '../../src/learning/bench/augmentation';
import { table } from '../../src/core/text/text-table';
import { rethinkArguments } from '../rethink-arguments';
import { count, scriptOptions } from '../script-options';
import { pythonWith } from './peers-folder';

/**
 * Compares augmentation with Pillow and albumentations: the same operations, probabilities and levels on the same images,
 * in images per second of CPU time on one thread. Both are installed from PyPI into the temporary folder. Runs alternate;
 * the best of each counts.
 *
 * npm run bench:peers -- augmentation [--turns 3] [--images 200] [--size 640] [--json]
 *
 * In favour of albumentations, operations on single boxes are omitted there, because it has none.
 */
const PACKAGES = ['pillow', 'numpy', 'albumentations'];

const { turns, images, size, json } = scriptOptions({
  turns: count.default(3),
  images: count.default(200),
  size: count.default(640),
  json: z.boolean().default(false),
});

const python = pythonWith('augmentation', PACKAGES);

/** Operation, probability, value without a sign. */
type PeerStep = readonly [name: string, probability: number, value: number];
const step = (name: Parameters<typeof magnitudeAt>[0], probability: number, level: number): PeerStep => [
  name,
  probability,
  magnitudeAt(name, level, paperConstants),
];
const autoAugment = policies.v0.map((policy) => policy.map(([name, p, level]) => step(name, p, level)));
const randAugment = randAugmentOperations.map((name) => [step(name, 1, 10)]);
const recipes = {
  s1: { policy: [[]], jitter: [0.8, 1.2] },
  s2: { policy: autoAugment, jitter: [0.8, 1.2] },
  s3: { policy: autoAugment, jitter: [0.5, 2] },
  s4: { policy: randAugment, jitter: [0.5, 2] },
};
const names = Object.keys(recipes);

const folder = mkdtempSync(join(tmpdir(), 'rethink-augmentation-'));
const request = join(folder, 'request.json');
const samples = sampleImages(size).map(({ image, objects }, index) => {
  const file = join(folder, `${index}.rgb`);
  writeFileSync(file, image.data);
  const boxes = objects.map(({ xMin, yMin, xMax, yMax }) => [xMin, yMin, xMax, yMax]);
  return { file, width: image.width, height: image.height, boxes };
});
writeFileSync(request, JSON.stringify({ samples, recipes, size, images }));

/** Images per second, by recipe. */
type Speeds = Readonly<Record<string, number>>;

function ours(): Speeds {
  const options = ['--size', String(size), '--images', String(images), '--json'];
  const command = [...rethinkArguments, 'bench', 'augmentation', ...options];
  const { augmentations } = run(process.execPath, command) as { augmentations: AugmentationSpeed[] };
  return Object.fromEntries(augmentations.map(({ name, imagesPerCpuSecond }) => [name, imagesPerCpuSecond]));
}

function run(program: string, given: string[]): unknown {
  const env = { ...process.env, OMP_NUM_THREADS: '1', NO_ALBUMENTATIONS_UPDATE: '1' };
  return JSON.parse(
    execFileSync(program, given, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] }),
  );
}

const theirs = (library: string) => () =>
  run(python, [join(__dirname, 'augmentation_peer.py'), library, request]) as Speeds;
const implementations: Readonly<Record<string, () => Speeds>> = {
  'rethink bench': ours,
  Pillow: theirs('pillow'),
  albumentations: theirs('albumentations'),
};

try {
  const best: Record<string, Record<string, number>> = {};
  for (let turn = 0; turn < turns; turn++) {
    for (const [implementation, measure] of Object.entries(implementations)) {
      const fastest = (best[implementation] ??= {});
      for (const [name, speed] of Object.entries(measure())) {
        fastest[name] = Math.max(fastest[name] ?? 0, speed);
      }
    }
  }
  if (json) {
    console.log(JSON.stringify({ size, images, turns, imagesPerCpuSecond: best }, null, 2));
  } else {
    const rows = Object.entries(best).map(([implementation, speeds]) => [
      implementation,
      ...names.map((name) => speeds[name]!.toFixed(1)),
    ]);
    console.log(table(['IMAGES/S', ...names], rows));
    console.log(`\n${size} px, CPU time of one thread, best of ${turns} runs of ${images} images`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
