import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeExampleDataset } from '../../../test/results/example-data';
import { examplePlan, type ExampleOptions } from '../../../test/results/example-plan';
import { type ExampleRun, playRun } from '../../../test/results/example-run';
import { exportBundle } from '../../results/bundle/export-bundle';
import { buildSite } from '../site/build-site';
import { ResultsListener } from '../../results/database/results.listener';
import { ResultsService } from '../../results/database/results.service';
import { checkPublication, nextId, readPublications } from './publication';
import { publish } from './publish';

let root: string;
let dataset: ExampleRun['dataset'];
let service: ResultsService;
const artifactFolder = (key: string) => join(root, 'artifacts', key);
const folder = () => join(root, 'publications');
const axes: ExampleOptions['axes'] = { init: ['random'], augmentation: ['s1'], fraction: [1] };

const play = (seeds: readonly number[]) => {
  const listener = new ResultsListener(service, artifactFolder);
  const plan = examplePlan({ axes, seeds });
  return playRun({ plan, listener, artifactFolder, dataset });
};
const publishNow = async (now: string, note?: string) => {
  const results = await service.snapshot();
  return publish({
    folder: folder(),
    results,
    note,
    now: new Date(now),
    bundle: (benchmark) => exportBundle({ results: benchmark, artifactFolder, sources: [], folders: {} }),
    site: (options) => buildSite({ ...options, results, artifactFolder }),
  });
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'rethink-publish-'));
  dataset = await writeExampleDataset(root, 6);
  service = new ResultsService({ file: join(root, 'results.sqlite') });
});
afterAll(async () => {
  await service.close();
  rmSync(root, { recursive: true });
});

describe('publications', () => {
  it('are refused without results, dated, listed, compared, and never changed', async () => {
    await expect(publishNow('2026-03-01T10:00:00Z')).rejects.toMatchObject({ code: 'PUBLISH_NOTHING' });
    await play([0]);
    const first = await publishNow('2026-03-01T10:00:00Z', 'The <b>first</b>');
    expect(first.publication).toMatchObject({
      id: '2026-03-01',
      benchmarks: [{ name: 'example', bundle: 'example.bundle.zip', trials: 2, scored: 2 }],
    });
    await expect(publishNow('2026-03-02T10:00:00Z')).rejects.toMatchObject({ code: 'PUBLISH_UNCHANGED' });

    await play([0, 1]);
    const second = await publishNow('2026-03-01T12:00:00Z');
    expect(second.publication).toMatchObject({ id: '2026-03-01-2', benchmarks: [{ since: '2026-03-01' }] });
    expect(readPublications(folder()).map(({ id }) => id)).toEqual(['2026-03-01', '2026-03-01-2']);
    expect(nextId(folder(), new Date('2026-03-01T23:00:00Z'))).toBe('2026-03-01-3');

    const index = readFileSync(second.index, 'utf8');
    expect(index.indexOf('2026-03-01-2')).toBeLessThan(index.indexOf('The &lt;b&gt;first&lt;/b&gt;'));
    expect(index).toContain('href="2026-03-01-2/site/benchmarks/example/changes.html"');
    const changes = join(second.folder, 'site', 'benchmarks', 'example', 'changes.html');
    expect(readFileSync(changes, 'utf8')).toContain('What changed since 2026-03-01');
    expect(readFileSync(join(changes, '..', 'index.html'), 'utf8')).toContain('What changed</a>');

    const bundle = join(first.folder, 'example.bundle.zip');
    expect(statSync(bundle).mode & 0o222).toBe(0);
    expect(await checkPublication(folder(), first.publication)).toEqual([]);
    chmodSync(bundle, 0o644);
    writeFileSync(bundle, 'x');
    rmSync(join(first.folder, 'site', 'methods.html'));
    expect(await checkPublication(folder(), first.publication)).toEqual([
      '2026-03-01/example.bundle.zip was altered',
      '2026-03-01/site/methods.html is missing',
    ]);
  });
});
