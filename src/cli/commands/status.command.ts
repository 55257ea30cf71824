import { existsSync } from 'node:fs';
import { Command } from 'nest-commander';
import { RethinkError } from '../../contract';
import { suggest } from '../../did-you-mean';
import type { BenchmarkResults } from '../../results/records';
import { print, printJson } from '../output';
import { databaseFile, ResultsAccess } from '../results-access';
import { type CommonOptions, RethinkCommand } from '../rethink-command';
import { trialTable } from '../trial-table';

@Command({
  name: 'status',
  arguments: '[benchmark]',
  description: 'every trial of the workspace with its status, score and, where it has none, the reason',
})
export class StatusCommand extends RethinkCommand {
  protected override readonly examples = ['status', 'status quickstart --json'];

  constructor(private readonly results: ResultsAccess) {
    super();
  }

  protected async execute([name]: string[], options: CommonOptions): Promise<void> {
    const configuration = this.configuration();
    if (!existsSync(databaseFile(configuration))) {
      throw new RethinkError('WORKSPACE_EMPTY', 'this workspace has no results yet', {
        place: { file: configuration.workspace },
        hint: 'npm run -s rethink -- run benchmarks/quickstart.yaml',
      });
    }
    const service = await this.results.open(configuration);
    const { benchmarks } = await service.snapshot();
    const chosen =
      name === undefined ? benchmarks : benchmarks.filter((benchmark) => benchmark.name === name);
    if (name !== undefined && chosen.length === 0) {
      throw new RethinkError('BENCHMARK_UNKNOWN', `no benchmark "${name}" was run in this workspace`, {
        hint: suggest(
          name,
          benchmarks.map((benchmark) => benchmark.name),
        ),
      });
    }
    await service.close();
    if (options.json === true) return printJson({ benchmarks: chosen.map(forPrograms) });
    print(
      chosen.map((benchmark) => `${headline(benchmark)}\n\n${trialTable(benchmark.trials)}`).join('\n\n'),
    );
  }
}

function headline({ name, title, trials }: BenchmarkResults): string {
  const counts = new Map<string, number>();
  for (const { status } of trials) counts.set(status, (counts.get(status) ?? 0) + 1);
  return `${name}: ${title}\n${[...counts].map(([status, count]) => `${count} ${status}`).join(', ')}`;
}

function forPrograms({ name, title, file, updatedAt, trials }: BenchmarkResults) {
  return {
    name,
    title,
    file,
    updatedAt,
    trials: trials.map(({ id, axes, status, code, reason, logFile, metrics }) => ({
      id,
      axes,
      status,
      code,
      reason,
      logFile,
      stats: metrics?.stats,
    })),
  };
}
