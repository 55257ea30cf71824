import { dirname } from 'node:path';
import { Command, SubCommand } from 'nest-commander';
import { formatWarning } from '../../core/coco/warning-list';
import { readBenchmark } from '../../host/benchmark/read';
import { prepareDatasets } from '../../learning/dataset/prepare';
import { BenchmarkCommand, type BenchmarkOptions } from '../common/benchmark-command';
import { print, printJson, log } from '../terminal/output';
import { CommandGroup } from '../common/command-group';
import { StatusLine } from '../terminal/spinner';
import { table } from '../terminal/table';
import { DataCheckCommand } from './data-check.command';
import { DataCocoCommand } from './data-coco.command';
import { DataImageFolderCommand } from './data-imagefolder.command';
import { summaryOf } from './summaries';

@SubCommand({
  name: 'prepare',
  arguments: '<benchmark>',
  description: 'generate or check the data of a benchmark without running it',
})
export class DataPrepareCommand extends BenchmarkCommand {
  protected override readonly examples = ['data prepare benchmarks/quickstart.yaml'];

  protected async execute([name]: [string], options: BenchmarkOptions): Promise<void> {
    const { file, benchmark } = readBenchmark(name);
    const line = new StatusLine();
    const prepared = await prepareDatasets(benchmark.dataset, this.configuration.workspace, {
      baseFolder: dirname(file),
      progress: (what, done, total) => line.update(`data   ${what}  ${done} / ${total}`),
    }).finally(() => line.end(''));
    const roles = Object.entries(prepared);
    for (const [role, { warnings }] of roles) {
      for (const warning of warnings) log(`warning: ${role} data: ${formatWarning(warning)}`);
    }
    if (options.json === true) return printJson(Object.fromEntries(roles));
    print(
      table(
        ['ROLE', 'IMAGES', 'CATEGORIES', 'DIGEST', 'FOLDER'],
        roles.map(([role, { size, categories, digest, location }]) => [
          role,
          size,
          categories.length,
          digest.slice(0, 12),
          location.images,
        ]),
      ),
    );
  }
}

@Command({
  ...summaryOf('data'),
  subCommands: [DataPrepareCommand, DataCheckCommand, DataCocoCommand, DataImageFolderCommand],
})
export class DataCommand extends CommandGroup {}
