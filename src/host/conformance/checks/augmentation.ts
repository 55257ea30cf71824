import { type AugmentationPlugin, createRandom, type Sample } from '../../../contract';
import { problemOf } from '../../../learning/dataset/augment';
import { finding, type PluginFinding } from '../finding';
import type { Subject } from '../target';
import { exampleSample, INPUT_SIZE, overlap, paint, texture, whereTheyDiffer } from './images';

const SIZES = [[96, 64], [30, 200], [64, 64], [640, 480], [3, 5]] as const; // prettier-ignore
const SEEDS = 12;

/** Applies as the host does: randomness and other samples follow from the seed. */
function apply(plugin: AugmentationPlugin, sample: Sample, seed: number): Sample {
  const random = createRandom(`check/${seed}`);
  const partners = random.fork('another');
  return plugin.apply(sample, {
    size: INPUT_SIZE,
    random: random.fork('augmentation'),
    another: () => partner(partners.integer(4)),
  });
}

/** Other samples have different categories, so that pasted objects differ from moved ones. */
function partner(index: number): Sample {
  const { image, objects } = exampleSample(70, 50, `partner/${index}`);
  return { image, objects: objects.map((object) => ({ ...object, category: object.category + 2 })) };
}

function caught(what: string, work: () => PluginFinding | undefined): PluginFinding | undefined {
  try {
    return work();
  } catch (error) {
    return finding('CHECK_THREW', `${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Results fit the input, with boxes inside, for images of any size. */
export function checkResults({ make }: Subject): PluginFinding[] {
  const plugin = make<AugmentationPlugin>();
  const findings = new Map<string, PluginFinding>();
  for (const [width, height] of SIZES) {
    const detection = exampleSample(width, height);
    for (const sample of [detection, { ...detection, objects: [], label: 7 }]) {
      for (let seed = 0; seed < SEEDS; seed++) {
        const what = `an image of ${width} × ${height} pixels${sample.label === undefined ? '' : ' with a class'}, seed ${seed}`;
        const found = caught(what, () => resultFinding(apply(plugin, sample, seed), sample, what));
        if (found !== undefined && !findings.has(found.code)) findings.set(found.code, found);
      }
    }
  }
  return [...findings.values()];
}

function resultFinding(result: Sample, sample: Sample, what: string): PluginFinding | undefined {
  const problem = problemOf(result, INPUT_SIZE);
  if (problem?.startsWith('a box')) return finding('CHECK_BOX_OUTSIDE', `${problem}, of ${what}`);
  if (problem !== undefined) return finding('CHECK_IMAGE', `${problem}, of ${what}`);
  return result.label === sample.label
    ? undefined
    : finding('CHECK_IMAGE', `the class ${sample.label} became ${result.label}, of ${what}`, 'keep the sample’s label: `{ ...sample, image, objects }`'); // prettier-ignore
}

/** The result follows from the sample and the random source alone. */
export function checkAugmentationDeterminism({ make }: Subject): PluginFinding[] {
  const used = make<AugmentationPlugin>();
  const results: string[] = [];
  const findings = new Map<string, PluginFinding>();
  const add = (found: PluginFinding) => findings.has(found.code) || findings.set(found.code, found);
  for (let seed = 0; seed < SEEDS; seed++) {
    const sample = exampleSample(80, 50);
    const before = textOf(sample);
    const first = textOf(apply(make(), sample, seed));
    results.push(first);
    if (textOf(sample) !== before)
      add(finding('CHECK_SAMPLE_CHANGED', `the sample was changed, seed ${seed}`));
    const again = textOf(apply(make(), exampleSample(80, 50), seed));
    if (again !== first)
      add(finding('CHECK_NOT_REPEATABLE', `two calls with seed ${seed} gave different results`));
    const later = textOf(apply(used, exampleSample(80, 50), seed));
    if (!findings.has('CHECK_NOT_REPEATABLE') && later !== first) {
      add(
        finding(
          'CHECK_REMEMBERS',
          `call ${seed + 1} of one instance differs from that of a new instance, seed ${seed}`,
        ),
      );
    }
  }
  if (used.strength > 0 && new Set(results).size === 1) {
    add(finding('CHECK_SEED_IGNORED', `${SEEDS} seeds gave the same image`));
  }
  // Randomness may look like memory.
  if (findings.has('CHECK_NOT_REPEATABLE')) findings.delete('CHECK_REMEMBERS');
  return [...findings.values()];
}

function textOf({ image, objects, label }: Sample): string {
  return `${image.width}×${image.height} ${Buffer.from(image.data).toString('latin1')} ${JSON.stringify([objects, label])}`;
}

/** Objects in opposite corners with different shapes: a flipped or rotated box does not match the other. */
const OBJECTS = [
  { xMin: 6, yMin: 8, xMax: 34, yMax: 24, category: 0 },
  { xMin: 56, yMin: 34, xMax: 74, yMax: 58, category: 1 },
] as const;
const BOX_SEEDS = 24;
/** The box of a smaller sliver may be dropped, or be much larger than the visible part of its object. */
const LEAST_PIXELS = 40;
const LEAST_OVERLAP = 0.5;
/** Cutouts, shears and pasted objects hide or widen some; a box that does not move with its pixels misses most. */
const LEAST_SHARE = 0.75;

/**
 * Paints one object and compares the two results: where they differ are the object's pixels, and there its box must
 * be.
 */
export function checkAugmentedBoxes({ make }: Subject): PluginFinding[] {
  const plugin = make<AugmentationPlugin>();
  const image = texture(80, 64);
  let tried = 0;
  const misses: string[] = [];
  for (let seed = 0; seed < BOX_SEEDS; seed++) {
    const plain = apply(plugin, { image, objects: OBJECTS }, seed);
    for (const object of OBJECTS) {
      const painted = apply(plugin, { image: paint(image, object), objects: OBJECTS }, seed);
      const difference = whereTheyDiffer(plain.image, painted.image);
      if (difference === undefined || difference.pixels < LEAST_PIXELS) continue;
      tried++;
      const boxes = painted.objects.filter(({ category }) => category === object.category);
      const best = Math.max(0, ...boxes.map((box) => overlap(box, difference.around)));
      if (best >= LEAST_OVERLAP) continue;
      const where = corners(difference.around);
      const box = boxes[0] === undefined ? 'its box is missing' : `its box is ${corners(boxes[0])}`;
      misses.push(`the object's pixels went to ${where} and ${box}, seed ${seed}`);
    }
  }
  if (tried === 0 || (tried - misses.length) / tried >= LEAST_SHARE) return [];
  return [
    finding('CHECK_BOX_LEFT_PIXELS', `in ${misses.length} of ${tried} cases; for instance ${misses[0]}`),
  ];
}

function corners({
  xMin,
  yMin,
  xMax,
  yMax,
}: {
  xMin: number;
  yMin: number;
  xMax: number;
  yMax: number;
}): string {
  return `[${[xMin, yMin, xMax, yMax].map((value) => Math.round(value)).join(', ')}]`;
}

/** A few calls, for checks of their side effects. */
export function applySome({ make }: Subject): void {
  const plugin = make<AugmentationPlugin>();
  for (let seed = 0; seed < 4; seed++) apply(plugin, exampleSample(80, 50), seed);
}
