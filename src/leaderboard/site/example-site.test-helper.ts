/** Results of two benchmarks, one with a failed stage, and their site: built once for each test file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll } from 'vitest';
import { writeExampleDataset } from '../../../test/results/example-data';
import { examplePlan } from '../../../test/results/example-plan';
import { playRun } from '../../../test/results/example-run';
import type { ResultsSnapshot } from '../../results/database/records';
import { ResultsListener } from '../../results/database/results.listener';
import { ResultsService } from '../../results/database/results.service';
import { buildSite } from './build-site';

export let folder: string;
export let results: ResultsSnapshot;
export let site: string;
export const artifactFolder = (key: string) => join(folder, 'artifacts', key);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rethink-site-'));
  site = join(folder, 'site');
  const dataset = await writeExampleDataset(folder, 14);
  const service = new ResultsService({ file: join(folder, 'results.sqlite') });
  const listener = new ResultsListener(service, artifactFolder);
  let students = 0;
  const fails = (stage: { label: string }) => stage.label === 'student' && students++ === 0;
  const seeds = examplePlan({ seeds: [0, 1], only: ({ fraction }) => fraction === 1 });
  await playRun({ plan: seeds, listener, artifactFolder, dataset, fails });
  const other = examplePlan({ name: 'other', steps: 20, only: ({ init }) => init !== 'imagenet' });
  await playRun({ plan: other, listener, artifactFolder, dataset });
  results = await service.snapshot();
  await service.close();
  await buildSite({ results, artifactFolder, outFolder: site });
});
afterAll(() => rmSync(folder, { recursive: true }));

export const filesOf = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(root, file)).isFile())
    .sort();
export const open = (page: string, root = site) => parseHTML(readFileSync(join(root, page), 'utf8')).document;
