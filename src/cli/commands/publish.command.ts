import { join, resolve } from 'node:path';
import { Command } from 'nest-commander';
import { checkPublication, readPublications } from '../../leaderboard/publication/publication';
import { publish } from '../../leaderboard/publication/publish';
import { exitCodes } from '../terminal/exit-codes';
import { exportResults } from '../common/export-results';
import { print, printJson } from '../terminal/output';
import { SiteBuilder } from '../common/site-builder';
import { WorkspaceResults } from '../common/workspace-results';
import { flag } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { summaryOf } from './summaries';
import { shownPath } from '../../core/files/shown-paths';

interface PublishOptions extends CommonOptions {
  out?: string;
  note?: string;
  check?: boolean;
}

@Command({ ...summaryOf('publish'), arguments: '[benchmark]' })
export class PublishCommand extends RethinkCommand<PublishOptions> {
  static override readonly flags = [
    flag('--out <folder>', 'folder of all publications (default: publications)'),
    flag('--note <text>', 'one line about the changes'),
    flag('--check', 'verify the checksums of all publications instead'),
  ];
  protected override readonly examples = [
    'publish',
    'publish paper-mini --out publications --note "Three seeds more"',
    'publish --check',
  ];

  constructor(
    private readonly results: WorkspaceResults,
    private readonly site: SiteBuilder,
  ) {
    super();
  }

  protected async execute([benchmark]: string[], options: PublishOptions): Promise<number | void> {
    const folder = resolve(options.out ?? 'publications');
    if (options.check === true) return this.check(folder, options);
    const configuration = this.configuration;
    const snapshot = await this.results.snapshot(benchmark);
    const published = await publish({
      folder,
      results: snapshot,
      note: options.note,
      bundle: (results) => exportResults(results, configuration),
      site: (site) => this.site.build(snapshot, { ...site, exports: 'all' }),
    });
    const { publication, index } = published;
    if (options.json === true) return printJson({ id: publication.id, folder: published.folder, index });
    for (const { title, scored, trials, since } of publication.benchmarks) {
      print(
        `${title}: ${scored} of ${trials} trials with results${since === undefined ? '' : `; compared with ${since}`}`,
      );
    }
    print(shownPath(join(published.folder, 'site', 'index.html')));
    print(shownPath(index));
  }

  private async check(folder: string, { json }: PublishOptions): Promise<number> {
    const publications = readPublications(folder);
    const mismatches = (await Promise.all(publications.map((each) => checkPublication(folder, each)))).flat();
    if (json === true) printJson({ publications: publications.map(({ id }) => id), wrong: mismatches });
    else {
      for (const line of mismatches) print(line);
      const count = publications.length === 1 ? '1 publication' : `${publications.length} publications`;
      print(
        mismatches.length === 0
          ? `${count}: all files match their checksums`
          : `${count}: ${mismatches.length} files do not match their checksums`,
      );
    }
    return mismatches.length === 0 ? exitCodes.ok : exitCodes.failed;
  }
}
