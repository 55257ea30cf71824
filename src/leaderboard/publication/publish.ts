import { chmodSync, cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFileDurably, writeFileDurably } from '../../core/files/atomic-file';
import { listFiles, checksumFiles } from '../../core/artifact/write-manifest';
import { explainStorageError } from '../../core/files/storage-error';
import { resultsOfBundle } from '../../results/bundle/bundle-results';
import type { ExportedBundle } from '../../results/bundle/export-bundle';
import { readBundle } from '../../results/bundle/read-bundle';
import { RethinkError } from '../../contract';
import type { BuildSiteOptions, BuiltSite } from '../site/build-site';
import { formatCount, formatTime } from '../../core/text/units';
import { benchmarkFolder } from '../templates/site-paths';
import { loadTemplates, reportsFolder } from '../templates/templates';
import type { BenchmarkResults, ResultsSnapshot } from '../../results/database/records';
import { version } from '../../../package.json';
import { nextId, type Publication, PUBLICATION_FILE, readPublications } from './publication';

export interface PublishOptions {
  /** Holds all publications and their index. */
  readonly folder: string;
  readonly results: ResultsSnapshot;
  readonly note?: string;
  readonly now?: Date;
  readonly bundle: (results: BenchmarkResults) => Promise<ExportedBundle>;
  readonly site: (options: Pick<BuildSiteOptions, 'before' | 'outFolder'>) => Promise<BuiltSite>;
}

/**
 * Publishes results: pages, bundles and their sums in a folder of the day, which nothing changes afterwards, and an index
 * of all publications beside it.
 *
 * @returns the publication, and the path of the index
 * @throws RethinkError `PUBLISH_NOTHING`, `PUBLISH_UNCHANGED`, `PUBLICATION_UNREADABLE`
 */
export async function publish(
  options: PublishOptions,
): Promise<{ readonly publication: Publication; readonly index: string; readonly folder: string }> {
  const { folder, results, note, now = new Date(), bundle, site } = options;
  if (!results.benchmarks.some(({ trials }) => trials.some(({ status }) => status === 'done'))) {
    throw new RethinkError('PUBLISH_NOTHING', 'No trial has a result yet.', {
      hint: 'Run a benchmark first.',
    });
  }
  const earlier = readPublications(folder);
  const id = nextId(folder, now);
  const target = join(folder, id);
  const draft = join(folder, `.draft-${id}-${process.pid}`);
  try {
    mkdirSync(draft, { recursive: true });
    const before = await statesBefore(folder, earlier, results.benchmarks);
    await site({ before: new Map(before), outFolder: join(draft, 'site') });
    const benchmarks: Publication['benchmarks'] = [];
    for (const benchmark of results.benchmarks) {
      const { bytes, trials, scored } = await bundle(benchmark);
      const name = `${benchmark.name}.bundle.zip`;
      writeFileDurably(join(draft, name), bytes);
      const since = before.get(benchmark.name)?.label;
      benchmarks.push({
        name: benchmark.name,
        title: benchmark.title,
        bundle: name,
        trials,
        scored,
        ...(since !== undefined && { since }),
      });
    }
    const publication: Publication = {
      schemaVersion: 1,
      id,
      publishedAt: now.toISOString(),
      ...(note !== undefined && { note }),
      rethink: version,
      benchmarks,
      files: await checksumFiles(draft, listFiles(draft)),
    };
    refuseUnchanged(earlier.at(-1), publication);
    writeFileDurably(join(draft, PUBLICATION_FILE), `${JSON.stringify(publication, null, 2)}\n`);
    for (const name of listFiles(draft)) chmodSync(join(draft, name), 0o444);
    // A folder is renamed only where none is: what is published is never replaced.
    renameSync(draft, target);
    const index = writeIndex(folder, [...earlier, publication]);
    return { publication, index, folder: target };
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw explainStorageError(error, { file: target }) ?? error;
  }
}

function refuseUnchanged(last: Publication | undefined, next: Publication): void {
  const bundles = ({ benchmarks, files }: Publication) =>
    JSON.stringify(
      benchmarks.map(({ bundle }) => [bundle, files.find(({ name }) => name === bundle)?.sha256]),
    );
  if (last === undefined || bundles(last) !== bundles(next)) return;
  throw new RethinkError('PUBLISH_UNCHANGED', `Nothing has changed since the publication of ${last.id}.`, {
    hint: 'Run the remaining trials, then publish again.',
  });
}

/** The newest published state of each benchmark. */
async function statesBefore(
  folder: string,
  earlier: readonly Publication[],
  benchmarks: readonly BenchmarkResults[],
): Promise<Map<string, { label: string; results: BenchmarkResults }>> {
  const states = new Map<string, { label: string; results: BenchmarkResults }>();
  for (const { name } of benchmarks) {
    const last = earlier.findLast((publication) => publication.benchmarks.some((each) => each.name === name));
    const entry = last?.benchmarks.find((each) => each.name === name);
    if (last === undefined || entry === undefined) continue;
    const bundle = await readBundle(join(folder, last.id, entry.bundle));
    states.set(name, { label: last.id, results: resultsOfBundle(bundle) });
  }
  return states;
}

/** `index.html`: all publications, newest first, and what each brought. */
export function writeIndex(folder: string, publications: readonly Publication[]): string {
  const html = loadTemplates()('publications')({
    root: '',
    home: 'index.html',
    nav: [],
    pageTitle: 'Publications · Rethink Bench',
    footer:
      'Each publication is a folder of files that is not changed any more. It needs no server and no network.',
    publications: publications.toReversed().map(({ id, publishedAt, note, benchmarks, files }) => ({
      id,
      published: formatTime(publishedAt),
      note,
      href: `${id}/site/index.html`,
      benchmarks: benchmarks.map(({ name, title, bundle, trials, scored, since }) => ({
        title,
        href: `${id}/site/${benchmarkFolder(name)}/index.html`,
        scored: formatCount(scored),
        trials: formatCount(trials),
        bundle: `${id}/${bundle}`,
        sha256: files.find((file) => file.name === bundle)?.sha256,
        since,
        changes: since && `${id}/site/${benchmarkFolder(name)}/changes.html`,
      })),
    })),
  });
  const index = join(folder, 'index.html');
  rmSync(join(folder, 'assets'), { recursive: true, force: true });
  cpSync(join(reportsFolder, 'assets'), join(folder, 'assets'), { recursive: true });
  replaceFileDurably(index, html);
  return index;
}
