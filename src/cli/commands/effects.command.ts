import { Command } from 'nest-commander';
import { RethinkError } from '../../contract';
import { suggest } from '../../core/text/did-you-mean';
import { type Effect, estimateEffects, factorNames } from '../../statistics/effects/effects';
import { gridOfBenchmark } from '../../leaderboard/model/effects-benchmark';
import type { Grid } from '../../statistics/effects/grid';
import { readTable } from '../../statistics/effects/table';
import { missingCells, nameOfEffect, noiseOf } from '../../statistics/effects/format-effects';
import { formatInterval, formatLevels, formatP, signed } from '../../statistics/claims/format-claims';
import { CONFIDENCE } from '../../statistics/bootstrap/replicates';
import { trialFilter, resultsOf } from '../common/benchmark-selection';
import { print, printJson } from '../terminal/output';
import { WorkspaceResults } from '../common/workspace-results';
import { flag, list, repeatable } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { table } from '../terminal/table';
import { summaryOf } from './summaries';

interface EffectsOptions extends CommonOptions {
  only?: string[];
  axes?: string[];
  table?: string;
  score?: string;
  reference?: Record<string, string>;
}

/** Number of missing cells to print; `--json` has all. */
const SHOWN = 12;

function referenceValues(value: string, name: string): Record<string, string> {
  const pairs = value.split(',').map((pair) => pair.split('=').map((part) => part.trim()));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes(''))) {
    throw new RethinkError('USAGE', `${name} must be axis=value pairs separated by commas.`);
  }
  return Object.fromEntries(pairs as [string, string][]);
}

@Command({ ...summaryOf('effects'), arguments: '[benchmark]' })
export class EffectsCommand extends RethinkCommand<EffectsOptions> {
  static override readonly flags = [
    flag('--only <selectors>', 'use only matching trials, as for run', repeatable),
    flag('--axes <names>', 'axes of interest, separated by commas (default: all)', list),
    flag(
      '--table <file>',
      'CSV file instead of a benchmark, with columns AP and seed and one column per axis',
    ),
    flag('--score <column>', 'score column of the table (default: AP)'),
    flag(
      '--reference <axis=value,…>',
      'reference values of the table (default: the first of each axis)',
      referenceValues,
    ),
  ];
  protected override readonly examples = [
    'effects quickstart',
    'effects paper-mini --axes init,fraction --only strategy=supervised --json',
    'effects --table results.csv --reference init=random',
  ];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute([benchmark]: string[], options: EffectsOptions): Promise<void> {
    const { axes } = options;
    const grid = await this.grid(benchmark, options);
    for (const axis of axes ?? []) {
      const names = factorNames(grid);
      if (!names.includes(axis)) {
        throw new RethinkError('USAGE', `Unknown axis "${axis}".`, { hint: suggest(axis, names) });
      }
    }
    const effects = estimateEffects(grid, axes);
    if (options.json === true) return printJson({ unit: unitOf(options), confidence: CONFIDENCE, effects });
    print(formatEffects(effects, options));
  }

  private async grid(benchmark: string | undefined, options: EffectsOptions): Promise<Grid> {
    const { table: file, score, reference, only } = options;
    if (file !== undefined) {
      if (benchmark !== undefined || only !== undefined) {
        throw new RethinkError(
          'USAGE',
          `--table cannot be combined with ${benchmark === undefined ? '--only' : 'a benchmark'}.`,
        );
      }
      return readTable(file, { score, reference });
    }
    if (score !== undefined || reference !== undefined) {
      throw new RethinkError('USAGE', '--score and --reference require --table.', {
        hint: 'In a benchmark, the reference is the first value of each axis in the file.',
      });
    }
    const results = await resultsOf(benchmark, this.results);
    return gridOfBenchmark(results, { keep: trialFilter(only, results), narrow: true });
  }
}

const unitOf = ({ table: file, score }: EffectsOptions) =>
  file === undefined ? 'AP points' : (score ?? 'AP');

function formatEffects(effects: readonly Effect[], options: EffectsOptions): string {
  if (effects.length === 0) return 'Nothing to compare: no axis has two values.';
  const rows = effects.map((effect) => {
    const { family, steps, leftOut } = effect;
    const name = nameOfEffect(steps);
    if (effect.status === 'unidentified') {
      return [family, name, 'not identified', '', '', `0 of ${leftOut.length}`, '', ''];
    }
    const { estimate, interval, p, used, seeds } = effect;
    const sets = used.length + leftOut.length;
    return [
      family,
      name,
      signed(estimate),
      formatInterval(interval),
      formatP(p),
      `${used.length} of ${sets}`,
      seeds.length,
      noiseOf(effect),
    ];
  });
  const missing = missingCells(effects);
  return [
    `Differences in ${unitOf(options)}, averaged over matched sets; ${100 * CONFIDENCE} % intervals and p-values hold simultaneously within a family.\n`,
    table(['FAMILY', 'EFFECT', 'DIFFERENCE', 'INTERVAL', 'P', 'SETS', 'SEEDS', 'NOISE'], rows),
    ...(missing.length === 0
      ? []
      : [`\nSets were left out because these cells have no score (${missing.length}):`]),
    ...missing.slice(0, SHOWN).map(({ cell, reason }) => `  ${formatLevels(cell)} – ${reason}`),
    ...(missing.length > SHOWN ? [`  … and ${missing.length - SHOWN} more; --json lists all`] : []),
  ].join('\n');
}
