import { Option, SubCommand } from 'nest-commander';
import { importBundle, type ImportSummary } from '../../results/bundle/import-bundle';
import type { ConflictRule } from '../../results/bundle/merge';
import { imagesOfScenes } from '../../results/bundle/scene-images';
import { RethinkError } from '../../contract';
import { WorkspaceLock } from '../../host/execution/workspace-lock';
import { print, printJson } from '../terminal/output';
import { WorkspaceResults } from '../common/workspace-results';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { StatusLine } from '../terminal/spinner';

interface ImportOptions extends CommonOptions {
  conflicts?: ConflictRule;
  as?: string;
}

@SubCommand({
  name: 'import',
  arguments: '<files...>',
  description:
    'take the results of bundles into the workspace, after scoring and costing them again; nothing is overwritten unasked',
})
export class BundleImportCommand extends RethinkCommand<ImportOptions> {
  protected override readonly examples = [
    'bundle import quickstart.bundle.zip',
    'bundle import seeds-0-to-2.bundle.zip seeds-3-to-5.bundle.zip',
    'bundle import theirs.bundle.zip --as theirs',
  ];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute(files: string[], options: ImportOptions): Promise<void> {
    if (options.as !== undefined && files.length > 1) {
      throw new RethinkError('USAGE', '--as names one benchmark, and several bundles were named', {
        hint: 'import them one after the other',
      });
    }
    const configuration = this.configuration;
    const { workspace } = configuration;
    const command = `rethink bundle import ${files.join(' ')}`;
    const lock = WorkspaceLock.acquire(workspace, command);
    const imported: (ImportSummary & { file: string })[] = [];
    try {
      const service = await this.results.open();
      try {
        for (const file of files) {
          const line = new StatusLine();
          const summary = await importBundle({
            file,
            workspace,
            results: service,
            conflicts: options.conflicts,
            as: options.as,
            images: (bundle) => imagesOfScenes(bundle, workspace),
            onTrial: (done, total) => line.update(`score  ${file}  ${done} / ${total}`),
          }).finally(() => line.end(''));
          imported.push({ file, ...summary });
          if (options.json !== true) print(describe(file, summary));
        }
      } finally {
        await service.close();
      }
    } finally {
      lock.release();
    }
    if (options.json === true) printJson({ imported });
  }

  @Option({
    flags: '--conflicts <rule>',
    description: 'trials with another result here: refuse (default), keep yours, or replace them',
    choices: ['refuse', 'keep', 'replace'],
  })
  parseConflicts(value: ConflictRule): ConflictRule {
    return value;
  }

  @Option({ flags: '--as <name>', description: 'import the benchmark under another name' })
  parseAs(value: string): string {
    return value;
  }
}

function describe(file: string, { benchmark, counts, check, sharedStages }: ImportSummary): string {
  const { added, filled, same, kept, replaced } = counts;
  const parts = [
    added > 0 ? `${added} new` : '',
    filled > 0 ? `${filled} that had no result here` : '',
    replaced > 0 ? `${replaced} replaced` : '',
    kept > 0 ? `${kept} kept as they are here` : '',
    same > 0 ? `${same} with nothing new` : '',
  ].filter((part) => part !== '');
  return [
    `${file} → ${benchmark}: ${parts.join(', ') || 'no trials'}.`,
    `  AP of ${check.scored} trials made again from their detections, costs from the ledgers: all agree.`,
    ...(check.trusted > 0
      ? [
          `  ${check.trusted} scores along training are taken as they are: a bundle has no detections of them.`,
        ]
      : []),
    ...(sharedStages > 0
      ? [`  ${sharedStages} stages were finished here too and keep what they cost here.`]
      : []),
  ].join('\n');
}
