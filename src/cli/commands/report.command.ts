import { resolve } from 'node:path';
import { Command } from 'nest-commander';
import { print, printJson } from '../terminal/output';
import { SiteBuilder, siteFolder } from '../common/site-builder';
import { WorkspaceResults } from '../common/workspace-results';
import { flag } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { summaryOf } from './summaries';

interface ReportOptions extends CommonOptions {
  out?: string;
}

@Command({ ...summaryOf('report'), arguments: '[benchmark]' })
export class ReportCommand extends RethinkCommand<ReportOptions> {
  static override readonly flags = [
    flag('--out <folder>', 'output folder, replaced as a whole (default: reports/site)'),
  ];
  protected override readonly examples = ['report', 'report quickstart --out /tmp/pages'];

  constructor(
    private readonly results: WorkspaceResults,
    private readonly site: SiteBuilder,
  ) {
    super();
  }

  protected async execute([benchmark]: string[], options: ReportOptions): Promise<void> {
    const snapshot = await this.results.snapshot(benchmark);
    const outFolder = options.out === undefined ? siteFolder() : resolve(options.out);
    const { index } = await this.site.build(snapshot, { outFolder });
    if (options.json === true) printJson({ index });
    else print(index);
  }
}
