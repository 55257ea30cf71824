import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { importBundle } from '../src/results/bundle/import-bundle';
import { resultFolders } from '../src/results/bundle/imported-results';
import { imagesOfScenes } from '../src/results/bundle/scene-images';
import { packageFolder } from '../src/core/files/package-folder';
import { factorSources } from '../src/cli/common/cost-factors';
import { reportError } from '../src/cli/terminal/output';
import { siteFolder } from '../src/cli/common/site-builder';
import { RethinkError } from '../src/contract';
import { mergeFactors } from '../src/core/cost/factors';
import { buildSite } from '../src/leaderboard/site/build-site';
import { ResultsService } from '../src/results/database/results.service';
import { Workspace } from '../src/core/artifact/workspace';

/** Builds the site from the bundles that are kept in `results/`, without training: npm run site:example */
async function main(): Promise<void> {
  const folder = join(packageFolder, 'results');
  const files = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.bundle.zip'))
        .sort()
        .map((name) => join(folder, name))
    : [];
  if (files.length === 0) {
    throw new RethinkError('EXAMPLE_NO_BUNDLE', 'no bundle is kept here', {
      location: { file: folder },
      hint: 'put one there: npm run -s rethink -- bundle export <benchmark> --out results/',
    });
  }
  const workspace = workspaceOf(files);
  const service = new ResultsService({ file: new Workspace(workspace).database });
  try {
    for (const file of files) {
      if (isImported(workspace, file)) continue;
      await importBundle({
        file,
        workspace,
        results: service,
        images: (bundle) => imagesOfScenes(bundle, workspace, { generate: true }),
      });
    }
    const { index, pages } = await buildSite({
      results: await service.snapshot(),
      artifactFolder: resultFolders(workspace),
      factorsOf: ({ resolved }) => mergeFactors(...factorSources(resolved, {})),
      exports: 'overview',
      outFolder: siteFolder(),
    });
    process.stdout.write(`${pages.length} pages\n${index}\n`);
  } finally {
    await service.close();
  }
}

const sumOf = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');

/** A workspace for exactly these bundles: nothing of earlier ones is in the way, and it serves the next time. */
function workspaceOf(files: readonly string[]): string {
  const parent = join(packageFolder, '.rethink', 'example');
  const name = sumOf(files.map((file) => sumOf(readFileSync(file))).join('\n')).slice(0, 16);
  mkdirSync(parent, { recursive: true });
  for (const other of readdirSync(parent)) {
    if (other !== name) rmSync(join(parent, other), { recursive: true, force: true });
  }
  return join(parent, name);
}

function isImported(workspace: string, file: string): boolean {
  return existsSync(new Workspace(workspace).importedBundle(sumOf(readFileSync(file))));
}

main().catch((error: unknown) => {
  process.exitCode = reportError(error, { verbose: process.argv.includes('--verbose') });
});
