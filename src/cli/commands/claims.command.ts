import { Command } from 'nest-commander';
import { resultFolders } from '../../results/bundle/imported-results';
import { costRatioTest } from '../../leaderboard/model/cost-ratio-claims';
import { buildLeaderboard } from '../../leaderboard/model/leaderboard';
import { pointReplicates } from '../../leaderboard/model/point-replicates';
import { TrialCurves } from '../../leaderboard/model/trial-curves';
import type { BenchmarkResults } from '../../results/database/records';
import { type CostRatioTest, testClaims, LEVEL } from '../../statistics/claims/claims';
import {
  claimForPrograms,
  formatLevels,
  formatP,
  reasonsOf,
  signed,
  formatTest,
} from '../../statistics/claims/format-claims';
import { claimsOfBenchmark, gridOfBenchmark } from '../../leaderboard/model/effects-benchmark';
import { trialFilter, resultsOf } from '../common/benchmark-selection';
import { exitCodes } from '../terminal/exit-codes';
import { print, printJson } from '../terminal/output';
import { WorkspaceResults } from '../common/workspace-results';
import { flag, repeatable } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { table } from '../terminal/table';
import { summaryOf } from './summaries';

interface ClaimsOptions extends CommonOptions {
  only?: string[];
  require?: boolean;
}

@Command({ ...summaryOf('claims'), arguments: '[benchmark]' })
export class ClaimsCommand extends RethinkCommand<ClaimsOptions> {
  static override readonly flags = [
    flag(
      '--only <selectors>',
      'use only matching trials, as for run; excluded cells count as missing',
      repeatable,
    ),
    flag('--require', 'exit with code 3 unless every claim is supported'),
  ];
  protected override readonly examples = [
    'claims paper-mini',
    'claims benchmarks/paper-mini.yaml --only seed=0,seed=1 --json',
    'claims paper-mini --require   # exit code 3 unless every claim is supported',
  ];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute([benchmark]: string[], options: ClaimsOptions): Promise<number> {
    const results = await resultsOf(benchmark, this.results);
    const grid = gridOfBenchmark(results, { keep: trialFilter(options.only, results) });
    const claims = claimsOfBenchmark(results);
    const tested = testClaims(claims, grid, this.costTest(results, claims.length, options));
    const code =
      options.require === true && tested.some(({ verdict }) => verdict !== 'supported')
        ? exitCodes.failed
        : exitCodes.ok;
    if (options.json === true) {
      printJson({ benchmark: results.name, level: LEVEL, claims: tested.map(claimForPrograms) });
      return code;
    }
    if (tested.length === 0) {
      print(`${results.name} has no claims; see docs/claims.md.`);
      return code;
    }
    print(
      table(
        ['VERDICT', 'CLAIM', 'EFFECT', 'P', 'CORRECTED'],
        tested.map(({ verdict, claim, decisive, p, pCorrected }) => [
          verdict,
          claim.id,
          decisive === undefined ? '–' : signed(decisive.estimate),
          formatP(p),
          formatP(pCorrected),
        ]),
      ),
    );
    for (const result of tested) {
      const { claim, verdict, missing } = result;
      print(
        `\n${claim.id}: ${verdict}\n  ${claim.text}${claim.source === undefined ? '' : ` (${claim.source})`}`,
      );
      print(`  Tested: ${formatTest(claim)}`);
      for (const reason of reasonsOf(result)) print(`  ${reason}`);
      for (const { cell, reason } of missing) print(`    ${formatLevels(cell)} – ${reason}`);
    }
    return code;
  }

  private costTest(results: BenchmarkResults, claims: number, { only }: ClaimsOptions): CostRatioTest {
    const keep = trialFilter(only, results);
    const kept = { ...results, trials: results.trials.filter(({ axes }) => keep(axes)) };
    const curves = new TrialCurves(results, pointReplicates(resultFolders(this.configuration.workspace)));
    return costRatioTest(buildLeaderboard(kept), curves, claims);
  }
}
