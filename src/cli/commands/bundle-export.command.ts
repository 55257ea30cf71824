import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Option, SubCommand } from 'nest-commander';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { explainStorageError } from '../../core/files/storage-error';
import { RethinkError } from '../../contract';
import { exportResults } from '../common/export-results';
import { print, printJson } from '../terminal/output';
import { WorkspaceResults } from '../common/workspace-results';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { shownPath } from '../../core/files/shown-paths';

interface ExportOptions extends CommonOptions {
  to?: string;
  replace?: boolean;
}

@SubCommand({
  name: 'export',
  arguments: '<benchmark>',
  description: 'pack all results of a benchmark into one file for others',
})
export class BundleExportCommand extends RethinkCommand<ExportOptions> {
  protected override readonly examples = [
    'bundle export quickstart',
    'bundle export paper-mini --to results/',
    'bundle export paper-mini --to /tmp/seeds-3-to-5.bundle.zip --replace',
  ];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute([name]: string[], options: ExportOptions): Promise<void> {
    if (name === undefined) {
      throw new RethinkError('USAGE', 'no benchmark was named', {
        hint: 'for instance: bundle export quickstart',
      });
    }
    const configuration = this.configuration;
    const { benchmarks } = await this.results.snapshot(name);
    const results = benchmarks[0]!;
    const exported = await exportResults(results, configuration);
    for (const missing of exported.leftOut) this.logger.warn(`left out: ${missing}`);
    const file = targetFile(options.to, name);
    await write(file, exported.bytes, options.replace === true);
    const { trials, scored, bytes } = exported;
    if (options.json === true) {
      printJson({ file, bytes: bytes.length, trials, scored, leftOut: exported.leftOut });
      return;
    }
    print(
      `${scored} of ${trials} trials with their results, ${(bytes.length / 2 ** 20).toFixed(2)} MiB\n${shownPath(file)}`,
    );
  }

  @Option({
    flags: '--to <path>',
    description: 'file, or folder for <benchmark>.bundle.zip (default: the working directory)',
  })
  parseTo(value: string): string {
    return value;
  }

  @Option({ flags: '--replace', description: 'replace the file where it is there already' })
  parseReplace(): boolean {
    return true;
  }
}

function targetFile(to: string | undefined, benchmark: string): string {
  const name = `${benchmark}.bundle.zip`;
  if (to === undefined) return resolve(name);
  const isFolder = /[\\/]$/.test(to) || statSync(to, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? resolve(to, name) : resolve(to);
}

async function write(file: string, bytes: Buffer, replace: boolean): Promise<void> {
  try {
    if (existsSync(file) && !replace && !readFileSync(file).equals(bytes)) {
      throw new RethinkError('BUNDLE_EXISTS', 'there is another file of this name already', {
        location: { file },
        hint: 'name another one with --to, or say --replace',
      });
    }
    mkdirSync(dirname(file), { recursive: true });
    await writeFileAtomically(file, bytes);
  } catch (error) {
    throw explainStorageError(error, { file }) ?? error;
  }
}
