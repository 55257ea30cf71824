import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shareImages, tabulate, type SampleEntry } from '../../dataset';
import { featureGrid, generateAnchors } from '../../detector/anchors';
import { detectorSpec } from '../../../core/plan/detector-spec';
import { createInputFeed } from './input-feed';
import type { InputAugmentation, InputPlan } from './input-plan';
import type { InputFeed } from './feed';
import { packageFolder } from '../../../core/files/package-folder';

const repository = packageFolder;
const contract = JSON.stringify(join(repository, 'src', 'contract'));
const zod = JSON.stringify(require.resolve('zod'));
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const backbone = { type: 'plain', channels: [4, 4, 4, 4, 4] };
const spec = detectorSpec.parse({ backbone, size: 32, maxLevel: 5, anchors: { size: 2, aspectRatios: [1] } });

let folder: string;
let entries: SampleEntry[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'feed-'));
  entries = await Promise.all(
    Array.from({ length: 7 }, async (_, i): Promise<SampleEntry> => {
      const file = join(folder, `${i}.png`);
      const [width, height] = [20 + 3 * i, 30];
      const noise = { type: 'gaussian' as const, mean: 100 + i, sigma: 30 };
      await sharp({ create: { width, height, channels: 3, background: 'black', noise } }).toFile(file);
      const objects = [{ xMin: 2, yMin: 3, xMax: 12 + i, yMax: 20, category: i % 2 }];
      return { id: i, file, stated: { width, height }, objects, label: i };
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** An augmentation whose `apply` is given as source. */
function plugin(name: string, apply: string): InputAugmentation {
  const own = join(folder, 'plugins', name);
  mkdirSync(own, { recursive: true });
  const entry = join(own, 'index.ts');
  const manifest = `{ kind: 'augmentation', name: '${name}', version: '1.0.0', contract: 1, description: 'x', options: z.strictObject({}) }`;
  writeFileSync(
    entry,
    `import { z } from ${zod};
     import { fit, jitterAndCrop, RethinkError } from ${contract};
     export default class Odd { static plugin = ${manifest}; strength = 1; apply(sample: any, context: any) { ${apply} } }`,
  );
  return { kind: 'augmentation', name, entry, options: {} };
}

function planOf(augmentation?: InputAugmentation, own = entries): InputPlan {
  const table = tabulate(own);
  const part = { table, firstImage: 0, views: 1 };
  return {
    size: 32,
    mean: [0.5, 0.4, 0.3],
    std: [0.2, 0.2, 0.2],
    anchors: generateAnchors(spec, featureGrid(spec, 32, 32)),
    matching: spec.matching,
    parts: [
      { ...part, type: 'detection', images: 4, seed: '5/0' },
      { ...part, type: 'classification', images: 3, seed: '5/1' },
      { ...part, type: 'contrastive', images: 4, views: 2, seed: '5/2' },
    ],
    // Room for a few images only.
    store: shareImages(own, 8000),
    augmentation,
  };
}

let open: InputFeed[] = [];
function feedOf(plan: InputPlan, threads: number, firstStep = 0, steps = 9): InputFeed {
  const feed = createInputFeed({ plan, logger, firstStep, steps, threads });
  open.push(feed);
  return feed;
}
afterEach(async () => {
  await Promise.all(open.map((feed) => feed.close()));
  open = [];
});

async function take(feed: InputFeed, steps: number) {
  const taken: Record<string, unknown>[] = [];
  for (let i = 0; i < steps; i++) {
    const inputs = Object.entries(await feed.next());
    // Copies: the feed fills its arrays anew.
    taken.push(Object.fromEntries(inputs.map(([name, { values }]) => [name, values.slice()])));
  }
  return taken;
}

const mixing = `const other = context.another(); const a = fit(sample, context.size); const b = jitterAndCrop(other, { size: context.size, scaleMin: 0.5, scaleMax: 2, flip: 0.5 }, context.random);
  return context.random.chance(0.5) ? a : b;`;

describe('the inputs of a step', () => {
  it('have the same bits with any number of threads, from any step on', async () => {
    const plan = () => planOf(plugin('mixing', mixing));
    const expected = await take(feedOf(plan(), 0), 9);
    expect(Object.keys(expected[0]!).sort()).toEqual([
      'boxTargets.0',
      'classTargets.0',
      'images',
      'labels.1',
    ]);
    expect(expected[1]).not.toEqual(expected[0]);
    expect(await take(feedOf(plan(), 2), 9)).toEqual(expected);
    expect(await take(feedOf(plan(), 1, 5), 4)).toEqual(expected.slice(5));
  });

  it('never ask for more threads than a step has images', async () => {
    const plan = planOf();
    const feed = feedOf({ ...plan, parts: [{ ...plan.parts[0]!, images: 1 }] }, 99);
    expect(feed.threads).toBe(1);
    expect((await feed.next())['images']!.shape).toEqual([1, 32, 32, 3]);
  });

  it.each([0, 2])('end with the error of the step that it belongs to (%i threads)', async (threads) => {
    const torn = join(folder, 'torn.png');
    writeFileSync(torn, 'no image');
    const own = entries.map((entry) => (entry.id === 3 ? { ...entry, file: torn } : entry));
    await expect(take(feedOf(planOf(undefined, own), threads), 9)).rejects.toMatchObject({
      name: 'RethinkError',
      code: 'IMAGE_BROKEN',
      location: { file: torn },
      hint: expect.stringMatching(/copy it again/) as string,
    });
  });

  it.each([
    ['throws', `throw new Error('oops')`, 'AUGMENTATION_FAILED', /"throws" on image \d failed: oops/],
    ['throws an error of the contract', `throw new RethinkError('MINE', 'no luck')`, 'MINE', /no luck/],
    ['returns nothing', `return undefined`, 'AUGMENTATION_RESULT', /returned no image/],
    ['throws later', `setTimeout(() => { throw new Error('late'); }); return fit(sample, 32)`, 'INPUT_THREAD', /late/],
    ['ends its process', `process.exit(7)`, 'INPUT_THREAD', /exit code 7/],
  ])('end with what a plugin does that %s', async (title, apply, code, message) => {
    const feed = feedOf(planOf(plugin(title.replaceAll(' ', '-'), apply)), 1, 0, 500);
    await expect(take(feed, 500)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  }); // prettier-ignore
});
