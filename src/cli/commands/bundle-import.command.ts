import { SubCommand } from 'nest-commander';
import { importBundle, type ImportSummary } from '../../results/bundle/import-bundle';
import type { ConflictRule } from '../../results/bundle/merge';
import { imagesOfScenes } from '../../results/bundle/scene-images';
import { RethinkError } from '../../contract';
import { WorkspaceLock } from '../../host/execution/workspace-lock';
import { print, printJson } from '../terminal/output';
import { WorkspaceResults } from '../common/workspace-results';
import { flag, oneOf } from '../common/options';
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
    'rescore bundles, recompute their costs and add their results to the workspace; nothing is overwritten by default',
})
export class BundleImportCommand extends RethinkCommand<ImportOptions> {
  static override readonly flags = [
    flag(
      '--conflicts <rule>',
      'trials with a different result in the workspace: refuse (default), keep or replace them',
      oneOf(['refuse', 'keep', 'replace']),
    ),
    flag('--as <name>', 'import the benchmark under another name'),
  ];
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
      throw new RethinkError('USAGE', '--as takes one bundle, but several were given.', {
        hint: 'Import them one at a time.',
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
            onTrial: (done, total) => line.update(`scoring  ${file}  ${done} / ${total}`),
          }).finally(() => line.end(''));
          imported.push({ file, ...summary });
          if (options.json !== true) print(formatSummary(file, summary));
        }
      } finally {
        await service.close();
      }
    } finally {
      lock.release();
    }
    if (options.json === true) printJson({ imported });
  }
}

function formatSummary(file: string, { benchmark, counts, check, sharedStages }: ImportSummary): string {
  const { added, filled, same, kept, replaced } = counts;
  const parts = [
    added > 0 ? `${added} new` : '',
    filled > 0 ? `${filled} that had no result yet` : '',
    replaced > 0 ? `${replaced} replaced` : '',
    kept > 0 ? `${kept} kept unchanged` : '',
    same > 0 ? `${same} identical` : '',
  ].filter((part) => part !== '');
  return [
    `${file} → ${benchmark}: ${parts.join(', ') || 'no trials'}.`,
    `  Recomputed AP (from detections) and costs (from ledgers) of ${check.scored} trials: all agree.`,
    ...(check.trusted > 0
      ? [`  ${check.trusted} checkpoint scores are taken as they are: bundles have no detections for them.`]
      : []),
    ...(sharedStages > 0
      ? [`  ${sharedStages} stages exist in both; the costs measured in this workspace are kept.`]
      : []),
  ].join('\n');
}
