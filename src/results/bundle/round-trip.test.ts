import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { examplePlan } from '../../../test/results/example-plan';
import { type ExampleRun, playRun } from '../../../test/results/example-run';
import { normaliseFileName } from '../../core/coco/values';
import { type CocoTruth, readAnnotations } from '../../evaluation';
import { buildSite } from '../../leaderboard/site/build-site';
import { ResultsListener } from '../database/results.listener';
import { ResultsService } from '../database/results.service';
import { exportBundle } from './export-bundle';
import { importBundle } from './import-bundle';
import { resultFolders } from './imported-results';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'rethink-round-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const largest = Number.MAX_SAFE_INTEGER;
const id = fc.oneof(
  fc.constantFrom(-1, -8, 0, 2 ** 16, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 31) - 1, largest, -largest),
  fc.maxSafeInteger(),
);
const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const isNotBlank = (text: string) => text.trim() !== '';
const oddNames = [
  'images\\0001.png',
  './a.png',
  'a//b.png',
  'a/../b.png',
  'caf\u00e9.png',
  'cafe\u0301.png',
  '~c.png',
  'a\u001b[31m\n.png',
  '\u202egnp.a',
  `${'x'.repeat(300)}.png`,
];
const fileName = fc
  .oneof(fc.constantFrom(...oddNames), anyText)
  .filter((name) => normaliseFileName(name) !== undefined);
const side = fc.double({ min: 0.5, max: 90, noNaN: true });

/** Ground truth such as training and evaluation accept. */
const truth: fc.Arbitrary<CocoTruth> = fc
  .record({
    imageIds: fc.uniqueArray(id, { minLength: 1, maxLength: 4 }),
    categoryIds: fc.uniqueArray(id, { minLength: 1, maxLength: 3 }),
  })
  .chain(({ imageIds, categoryIds }) =>
    fc.record({
      images: fc.tuple(
        ...imageIds.map((imageId) =>
          fc.record({
            id: fc.constant(imageId),
            file_name: fileName,
            width: fc.constant(96),
            height: fc.constant(96),
          }),
        ),
      ),
      categories: fc.tuple(
        ...categoryIds.map((categoryId) =>
          fc.record({ id: fc.constant(categoryId), name: anyText.filter(isNotBlank) }),
        ),
      ),
      annotations: fc.uniqueArray(
        fc.record({
          id,
          image_id: fc.constantFrom(...imageIds),
          category_id: fc.constantFrom(...categoryIds),
          bbox: fc.tuple(side, side, side, side),
          iscrowd: fc.constantFrom(0 as const, 1 as const),
        }),
        { maxLength: 5, selector: (annotation) => annotation.id },
      ),
    }),
  );

const texts = fc.record({ title: anyText.filter(isNotBlank), description: anyText });

let machines = 0;

/** Results of a made-up run of one trial on this ground truth, exported. */
async function origin(groundTruth: CocoTruth, more: { title?: string; description?: string }) {
  const folder = join(root, `origin-${machines++}`);
  mkdirSync(folder);
  const annotations = join(folder, 'val.json');
  writeFileSync(annotations, JSON.stringify(groundTruth));
  const location = { digest: 'd'.repeat(64), type: 'coco' as const, annotations, images: folder };
  const pool = { truth: groundTruth, location: { ...location, digest: 'f'.repeat(64), truth: annotations } };
  const dataset: ExampleRun['dataset'] = { truth: groundTruth, location, pool };
  const plan = examplePlan({
    ...more,
    only: ({ init, augmentation, fraction }) => init === 'random' && augmentation === 's1' && fraction === 1,
  });
  const service = new ResultsService({ file: join(folder, 'results.sqlite') });
  const artifactFolder = resultFolders(folder);
  await playRun({ plan, listener: new ResultsListener(service, artifactFolder), artifactFolder, dataset });
  return { folder, service, artifactFolder };
}

type Machine = Awaited<ReturnType<typeof origin>>;

async function exported({ folder, service, artifactFolder }: Machine): Promise<Buffer> {
  const [results] = (await service.snapshot()).benchmarks;
  const folders = { [folder]: '<workspace>' };
  return (await exportBundle({ results: results!, artifactFolder, sources: [], folders })).bytes;
}

async function importedElsewhere(bytes: Buffer): Promise<Machine> {
  const folder = join(root, `other-${machines++}`);
  mkdirSync(folder);
  const file = join(folder, 'x.bundle.zip');
  writeFileSync(file, bytes);
  const service = new ResultsService({ file: join(folder, 'results.sqlite') });
  await importBundle({ file, workspace: folder, results: service });
  return { folder, service, artifactFolder: resultFolders(folder) };
}

it('a bundle takes back whatever a run accepts', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(truth, texts, async (groundTruth, more) => {
      const from = await origin(groundTruth, more);
      const bytes = await exported(from);
      const to = await importedElsewhere(bytes);
      const [sent, got] = await Promise.all(
        [from, to].map(async ({ service }) => (await service.snapshot()).benchmarks[0]!),
      );
      expect(got!.trials).toEqual(sent!.trials);
      expect({ ...got, trials: [], stages: [] }).toMatchObject({
        title: sent!.title,
        description: sent!.description,
      });
      const { file: _, ...truthHere } = readAnnotations(got!.datasets['d'.repeat(64)]!.annotations!);
      const { file: __, ...truthThere } = readAnnotations(sent!.datasets['d'.repeat(64)]!.annotations!);
      expect({ ...truthHere, warnings: [] }).toEqual({ ...truthThere, warnings: [] });
      expect((await exported(to)).equals(bytes)).toBe(true);
      await Promise.all([from, to].map(({ service }) => service.close()));
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

it('pages show imported results like the original ones', { timeout: 60_000 }, async () => {
  const groundTruth: CocoTruth = {
    images: oddNames.map((file_name, index) => ({ id: -index * 2 ** 40, file_name, width: 96, height: 96 })),
    categories: [{ id: -1, name: '<b>\u202e\u001b[31m' }],
    annotations: oddNames.map((_, index) => ({
      id: largest - index,
      image_id: -index * 2 ** 40,
      category_id: -1,
      bbox: [10, 10, 30, 40],
    })),
  };
  const from = await origin(groundTruth, { title: 'Odd \u202e names' });
  const to = await importedElsewhere(await exported(from));
  const [before, after] = await Promise.all(
    [from, to].map(async ({ folder, service, artifactFolder }) => {
      const outFolder = join(folder, 'site');
      const { pages } = await buildSite({ results: await service.snapshot(), artifactFolder, outFolder });
      await service.close();
      const data = pages.filter((page) => page.endsWith('index.html') && page.startsWith('benchmarks/'));
      return { pages, tables: data.map((page) => tablesOf(readFileSync(join(outFolder, page), 'utf8'))) };
    }),
  );
  expect(before!.tables.flat().length).toBeGreaterThan(0);
  expect(after!.pages).toEqual(before!.pages);
  expect(after!.tables).toEqual(before!.tables);
});

/** The numbers of a page, without what names its machine. */
function tablesOf(html: string): string[] {
  return [...html.matchAll(/<table[\s\S]*?<\/table>/g)].map(([table]) => table.replace(/<[^>]*>|\s+/g, ' '));
}
