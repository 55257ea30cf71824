import { randomInt } from 'node:crypto';
import { SubCommand } from 'nest-commander';
import { agreementOf, type Rerun } from '../../results/bundle/agreement';
import { resultsOfBundle } from '../../results/bundle/bundle-results';
import { checkBundle, refuseDisagreement } from '../../results/bundle/check-bundle';
import { readBundle } from '../../results/bundle/read-bundle';
import { trialFilter } from '../common/benchmark-selection';
import { RethinkError } from '../../contract';
import type { BenchmarkResults, TrialRecord } from '../../results/database/records';
import { readResamples } from '../../statistics/bootstrap/stored-resamples';
import { trialCosts } from '../../results/bundle/trial-costs';
import { exitCodes } from '../terminal/exit-codes';
import { print, printJson, log } from '../terminal/output';
import { rerunTrials } from '../common/rerun-trials';
import { backendFlag, flag, integer, repeatable } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { StatusLine } from '../terminal/spinner';
import { formatAgreement } from '../format/format-agreement';
import { cellId } from '../../core/plan/axes';

interface VerifyOptions extends CommonOptions {
  trials?: number;
  only?: string[];
  benchmark?: string;
  backend?: string;
}

@SubCommand({
  name: 'verify',
  arguments: '<file>',
  description:
    'check the consistency of a bundle, rerun some of its trials and test whether they agree; exit code 3 if not',
})
export class BundleVerifyCommand extends RethinkCommand<VerifyOptions> {
  static override readonly flags = [
    flag('--trials <count>', 'number of random trials to rerun (default: 1; 0 for none)', integer(0)),
    flag(
      '--only <selectors>',
      'choose only from matching trials, as for run; without --trials, all of them are rerun',
      repeatable,
    ),
    flag('--benchmark <file>', 'benchmark file to rerun (default: the settings in the bundle)'),
    backendFlag,
  ];
  protected override readonly examples = [
    'bundle verify quickstart.bundle.zip --trials 0',
    'bundle verify quickstart.bundle.zip --trials 3',
    'bundle verify theirs.bundle.zip --only strategy=self-training,seed=0',
  ];

  protected async execute([file]: [string], options: VerifyOptions): Promise<number> {
    const bundle = await readBundle(file);
    const line = new StatusLine();
    const check = await checkBundle(bundle, (done, total) =>
      line.update(`scoring  ${done} / ${total}`),
    ).finally(() => line.end(''));
    refuseDisagreement(check, file);
    const claimed = resultsOfBundle(bundle);
    const chosen = choose(claimed, options);
    if (options.json !== true) {
      print(`Recomputed AP (from detections) and costs (from ledgers) of ${check.scored} trials: all agree.`);
      if (check.trusted > 0) print(`${check.trusted} checkpoint scores cannot be recomputed from a bundle.`);
    }
    if (chosen.length === 0) {
      if (options.json === true) printJson({ ...check, reruns: [] });
      else print('No trial was rerun.');
      return exitCodes.ok;
    }
    log(`rerunning: ${chosen.map(({ id }) => id).join('  ')}`);
    const found = await rerunTrials({
      bundle,
      trials: chosen.map(({ id }) => id),
      workspace: this.configuration.workspace,
      benchmark: options.benchmark,
      backend: options.backend,
    });
    const reruns = chosen.map((trial) => rerunOf(trial, claimed, found));
    const agreement = agreementOf(reruns, seedScores(claimed));
    if (options.json === true) {
      const shown = reruns.map(({ resamples: _, ...rerun }) => rerun);
      printJson({ ...check, reruns: shown, agreement });
    } else print(formatAgreement(reruns, agreement));
    const agrees = agreement.verdict === 'agrees' || agreement.verdict === 'identical';
    return agrees && agreement.otherCosts.length === 0 ? exitCodes.ok : exitCodes.failed;
  }
}

/** Controls are rerun with the trials that they belong to. */
function choose(claimed: BenchmarkResults, { trials: requested, only }: VerifyOptions): TrialRecord[] {
  const keep = trialFilter(only, claimed);
  const done = claimed.trials.filter(
    ({ status, control, axes }) => status === 'done' && control === undefined && keep(axes),
  );
  const count = requested ?? (only === undefined ? 1 : done.length);
  if (count > 0 && done.length === 0) {
    throw new RethinkError('VERIFY_NOTHING', 'The bundle has no such trial with a result.', {
      hint: `A trial of the bundle: ${claimed.trials[0]?.id ?? 'none'}.`,
    });
  }
  const chosen: TrialRecord[] = [];
  while (chosen.length < Math.min(count, done.length)) {
    chosen.push(...done.splice(randomInt(done.length), 1));
  }
  return chosen;
}

function rerunOf(trial: TrialRecord, claimed: BenchmarkResults, found: BenchmarkResults): Rerun {
  const again = found.trials.find(({ id }) => id === trial.id);
  const [first, second] = [trial.metrics?.stats.AP, again?.metrics?.stats.AP];
  if (typeof first !== 'number' || typeof second !== 'number') {
    throw new RethinkError(
      'VERIFY_FAILED',
      `Trial ${trial.id} has no AP ${typeof first === 'number' ? 'when rerun' : 'in the bundle'}.`,
      { hint: again?.reason },
    );
  }
  const [a, b] = [trial, again].map((record) => readResamples(record?.metrics?.resamples));
  const paired = a !== undefined && b !== undefined && a.images === b.images && a.count === b.count;
  return {
    id: trial.id,
    claimed: first,
    found: second,
    sameStages: trial.evaluateKey === again!.evaluateKey,
    claimedFlops: trialCosts(claimed.stages, claimed.trials)[trial.id]!.full.flops,
    foundFlops: trialCosts(found.stages, found.trials)[trial.id]!.full.flops,
    ...(paired && { resamples: { claimed: a.scores('AP'), found: b.scores('AP') } }),
  };
}

function seedScores({ trials }: BenchmarkResults): number[][] {
  const rows = new Map<string, number[]>();
  for (const { status, axes, metrics } of trials) {
    if (status !== 'done' || typeof metrics?.stats.AP !== 'number') continue;
    rows.set(cellId(axes), [...(rows.get(cellId(axes)) ?? []), metrics.stats.AP]);
  }
  return [...rows.values()];
}
