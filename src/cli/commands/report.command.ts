import { resolve } from 'node:path';
import { Command, Option } from 'nest-commander';
import { print, printJson } from '../terminal/output';
import { ReportAccess } from '../access/report-access';
import { readExistingResults, ResultsAccess } from '../access/results-access';
import { type CommonOptions, RethinkCommand } from '../access/rethink-command';

interface ReportOptions extends CommonOptions {
  out?: string;
}

@Command({
  name: 'report',
  arguments: '[benchmark]',
  description: 'build the pages from the results of the workspace and print the path of the first one',
})
export class ReportCommand extends RethinkCommand<ReportOptions> {
  protected override readonly examples = ['report', 'report quickstart --out /tmp/pages'];

  constructor(
    private readonly results: ResultsAccess,
    private readonly reports: ReportAccess,
  ) {
    super();
  }

  protected async execute([benchmark]: string[], options: ReportOptions): Promise<void> {
    const configuration = this.configuration();
    const snapshot = await readExistingResults(this.results, configuration, benchmark);
    const outFolder = options.out === undefined ? undefined : resolve(options.out);
    const index = await this.reports.build(snapshot, configuration, outFolder);
    if (options.json === true) printJson({ index });
    else print(index);
  }

  @Option({
    flags: '--out <folder>',
    description: 'folder for the pages (default: reports/site); replaced as a whole',
  })
  parseOut(value: string): string {
    return value;
  }
}
