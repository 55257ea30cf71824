import { Command } from 'nest-commander';
import { checkForecast, readForecasts } from '../../host/forecast/compare';
import type { BenchmarkOverview } from '../../results/database/overview';
import type { BenchmarkResults } from '../../results/database/records';
import { formatForecastCheck } from '../format/format-forecast-check';
import { type JobListing, queryJobs } from '../../host/execution/batch/list-jobs';
import { Slurm } from '../../host/execution/batch/slurm';
import { formatDuration } from '../../core/text/format';
import { print, printJson } from '../terminal/output';
import { WorkspaceResults } from '../common/workspace-results';
import { probeInWords, probeOf } from '../../results/database/probes';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { table } from '../terminal/table';
import { trialTable } from '../format/trial-table';
import { summaryOf } from './summaries';

// Loaded on demand: they load the statistics, which the table does not need.

function loadStandings(): typeof import('../common/standings') {
  return require('../common/standings') as typeof import('../common/standings');
}
function loadPlateau(): typeof import('../../leaderboard/model/plateau') {
  return require('../../leaderboard/model/plateau') as typeof import('../../leaderboard/model/plateau');
}

@Command({ ...summaryOf('status'), arguments: '[benchmark]' })
export class StatusCommand extends RethinkCommand {
  protected override readonly examples = ['status', 'status quickstart --json'];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute([name]: string[], options: CommonOptions): Promise<void> {
    const configuration = this.configuration;
    const jobs = await queryJobs(configuration.workspace, new Slurm(configuration.slurm));
    if (options.json === true) {
      const { benchmarks } = await this.results.snapshot(name);
      const checkOf = (benchmark: BenchmarkResults) =>
        checkForecast(readForecasts(configuration.workspace, benchmark.name), benchmark.stages);
      return printJson({
        benchmarks: benchmarks.map((benchmark) => ({
          ...forPrograms(benchmark),
          forecast: checkOf(benchmark),
        })),
        jobs,
      });
    }
    const parts = await this.results.read(name, async (service) => {
      const benchmarks = await service.overview(name);
      if (benchmarks.length === 0) return undefined;
      return await Promise.all(
        benchmarks.map(async (benchmark) => {
          const forecasts = readForecasts(configuration.workspace, benchmark.name);
          const check = checkForecast(forecasts, await service.ledgers(Object.keys(forecasts)));
          const forecast = check === undefined ? '' : `\n\n${formatForecastCheck(check)}`;
          return `${formatHeadline(benchmark)}\n\n${trialTable(benchmark.trials)}${formatProbes(benchmark)}${forecast}`;
        }),
      );
    });
    print([...parts, ...formatJobs(jobs)].join('\n\n'));
  }
}

function formatJobs(jobs: readonly JobListing[]): string[] {
  if (jobs.length === 0) return [];
  const rows = jobs
    .toSorted((a, b) => a.state.localeCompare(b.state) || a.since.localeCompare(b.since))
    .map(({ label, state, node = '', job = '', since, description = '' }) => {
      const seconds = Math.max(0, (Date.now() - Date.parse(since)) / 1000);
      return [label, state, node, job, formatDuration(seconds), description];
    });
  return [table(['STAGE', 'JOB STATE', 'NODE', 'JOB', 'FOR', 'REPORTED BY SLURM'], rows)];
}

function formatHeadline({ name, title, trials }: BenchmarkOverview): string {
  const counts = new Map<string, number>();
  for (const { status } of trials) counts.set(status, (counts.get(status) ?? 0) + 1);
  return `${name}: ${title}\n${[...counts].map(([status, count]) => `${count} ${status}`).join(', ')}`;
}

/** Trials that start from the same weights share a line. */
function formatProbes(benchmark: BenchmarkOverview): string {
  const rows = new Map<string, readonly (string | number)[]>();
  for (const trial of benchmark.trials) {
    const { probe } = trial;
    if (probe === undefined) continue;
    const { init, seed } = trial.axes;
    rows.set(`${probe.key} ${init}`, [init, seed, probeInWords(probe)]);
  }
  if (rows.size === 0) return '';
  return `\n\n${table(['INITIAL WEIGHTS', 'SEED', 'IN THEIR OWN TASK'], [...rows.values()])}`;
}

function forPrograms(benchmark: BenchmarkResults) {
  const { name, title, file, updatedAt, trials } = benchmark;
  const { confidence, rows } = loadStandings().standingsOf(benchmark);
  const { improvementsOf } = loadPlateau();
  return {
    name,
    title,
    file,
    updatedAt,
    trials: trials.map((trial) => {
      const { id, axes, status, code, reason, logFile, metrics, checkpoints, control } = trial;
      return {
        id,
        axes,
        status,
        code,
        reason,
        logFile,
        control,
        stats: metrics?.stats,
        // AP along training; `cost --json` has the cost at each checkpoint.
        checkpoints: checkpoints?.map(({ training, step, steps, stats }) => ({
          training,
          step,
          steps,
          AP: stats?.AP,
        })),
        // By training stage: the change of AP between its last two checkpoints.
        improvements: improvementsOf(trial),
        probe: probeOf(trial, benchmark),
      };
    }),
    confidence,
    rows: rows.map(({ axes, AP, interval, seeds, seedNoise, rank, group }) => ({
      axes,
      AP,
      interval,
      seeds,
      seedNoise,
      rank,
      group,
    })),
  };
}
