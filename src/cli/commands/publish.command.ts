import { join, resolve } from 'node:path';
import { Command, Option } from 'nest-commander';
import { checkPublication, readPublications } from '../../leaderboard/publication/publication';
import { publish } from '../../leaderboard/publication/publish';
import { exitCodes } from '../terminal/exit-codes';
import { exportResults } from '../common/export-results';
import { print, printJson } from '../terminal/output';
import { SiteBuilder } from '../common/site-builder';
import { WorkspaceResults } from '../common/workspace-results';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { summaryOf } from './summaries';
import { shownPath } from '../../core/files/shown-paths';

interface PublishOptions extends CommonOptions {
  to?: string;
  note?: string;
  check?: boolean;
}

@Command({ ...summaryOf('publish'), arguments: '[benchmark]' })
export class PublishCommand extends RethinkCommand<PublishOptions> {
  protected override readonly examples = [
    'publish',
    'publish paper-mini --to publications --note "Three seeds more"',
    'publish --check',
  ];

  constructor(
    private readonly results: WorkspaceResults,
    private readonly site: SiteBuilder,
  ) {
    super();
  }

  protected async execute([benchmark]: string[], options: PublishOptions): Promise<number | void> {
    const folder = resolve(options.to ?? 'publications');
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
        `${title}: ${scored} of ${trials} trials with a result${since === undefined ? '' : `; compared with ${since}`}`,
      );
    }
    print(shownPath(join(published.folder, 'site', 'index.html')));
    print(shownPath(index));
  }

  private async check(folder: string, { json }: PublishOptions): Promise<number> {
    const publications = readPublications(folder);
    const wrong = (await Promise.all(publications.map((each) => checkPublication(folder, each)))).flat();
    if (json === true) printJson({ publications: publications.map(({ id }) => id), wrong });
    else {
      for (const line of wrong) print(line);
      const count = publications.length === 1 ? '1 publication' : `${publications.length} publications`;
      print(
        wrong.length === 0
          ? `${count}: all files are as they were published`
          : `${count}: ${wrong.length} files are not`,
      );
    }
    return wrong.length === 0 ? exitCodes.ok : exitCodes.failed;
  }

  @Option({ flags: '--to <folder>', description: 'folder of all publications (default: publications)' })
  parseTo(value: string): string {
    return value;
  }

  @Option({ flags: '--note <text>', description: 'a line on what is new' })
  parseNote(value: string): string {
    return value;
  }

  @Option({ flags: '--check', description: 'hold all publications against their sums instead' })
  parseCheck(): boolean {
    return true;
  }
}
