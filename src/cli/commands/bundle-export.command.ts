import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SubCommand } from 'nest-commander';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { explainStorageError } from '../../core/files/storage-error';
import { RethinkError } from '../../contract';
import { exportResults } from '../common/export-results';
import { print, printJson } from '../terminal/output';
import { WorkspaceResults } from '../common/workspace-results';
import { flag } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { shownPath } from '../../core/files/shown-paths';

interface ExportOptions extends CommonOptions {
  out?: string;
  force?: boolean;
}

@SubCommand({
  name: 'export',
  arguments: '<benchmark>',
  description: 'write all results of a benchmark to one file',
})
export class BundleExportCommand extends RethinkCommand<ExportOptions> {
  static override readonly flags = [
    flag('--out <path>', 'file, or folder for <benchmark>.bundle.zip (default: working directory)'),
    flag('--force', 'overwrite an existing file'),
  ];
  protected override readonly examples = [
    'bundle export quickstart',
    'bundle export paper-mini --out results/',
    'bundle export paper-mini --out /tmp/seeds-3-to-5.bundle.zip --force',
  ];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute([name]: [string], options: ExportOptions): Promise<void> {
    const configuration = this.configuration;
    const { benchmarks } = await this.results.snapshot(name);
    const results = benchmarks[0]!;
    const exported = await exportResults(results, configuration);
    for (const missing of exported.leftOut) this.logger.warn(`omitted: ${missing}`);
    const file = targetFile(options.out, name);
    await write(file, exported.bytes, options.force === true);
    const { trials, scored, bytes } = exported;
    if (options.json === true) {
      printJson({ file, bytes: bytes.length, trials, scored, leftOut: exported.leftOut });
      return;
    }
    print(
      `${scored} of ${trials} trials with results, ${(bytes.length / 2 ** 20).toFixed(2)} MiB\n${shownPath(file)}`,
    );
  }
}

function targetFile(out: string | undefined, benchmark: string): string {
  const name = `${benchmark}.bundle.zip`;
  if (out === undefined) return resolve(name);
  const isFolder = /[\\/]$/.test(out) || statSync(out, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? resolve(out, name) : resolve(out);
}

async function write(file: string, bytes: Buffer, overwrite: boolean): Promise<void> {
  try {
    if (existsSync(file) && !overwrite && !readFileSync(file).equals(bytes)) {
      throw new RethinkError('BUNDLE_EXISTS', 'A different file of this name exists.', {
        location: { file },
        hint: 'Choose another file with --out, or overwrite it with --force.',
      });
    }
    mkdirSync(dirname(file), { recursive: true });
    await writeFileAtomically(file, bytes);
  } catch (error) {
    throw explainStorageError(error, { file }) ?? error;
  }
}
