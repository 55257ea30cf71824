import { RethinkError } from '../../contract';
import { axisEntries, entryChanges, listChanges, settingsChanges } from '../database/changes';
import type { BenchmarkResults, TrialRecord } from '../database/records';
import type { Bundle } from './read-bundle';
import type { BundleTrial } from './results-schema';
import { statNames } from '../../evaluation/summarise';
import { axisNames } from '../../core/plan/axes';
import { pluginKinds } from '../../contract';

/** What becomes of trials that both sides have a result of, where the results differ. */
export type ConflictRule = 'refuse' | 'keep' | 'replace';

export interface Merge {
  /** Trials of the bundle that are written. */
  readonly taken: readonly BundleTrial[];
  readonly counts: {
    /** Not known here before, with or without a result. */
    readonly added: number;
    /** Known here without a result. */
    readonly filled: number;
    readonly same: number;
    readonly kept: number;
    readonly replaced: number;
  };
  /** The benchmark's settings, with the axis values of both sides. */
  readonly resolved: unknown;
}

/**
 * Decides what of a bundle goes into a workspace that may know the benchmark already. Pure.
 *
 * @throws RethinkError `BUNDLE_OTHER_BENCHMARK` where the two are no parts of one benchmark, `BUNDLE_CONFLICT` where a
 * trial has two results and `rule` is `refuse`
 */
export function mergeBundle(bundle: Bundle, local: BenchmarkResults | undefined, rule: ConflictRule): Merge {
  const { results, archive } = bundle;
  const theirs = results.benchmark.resolved;
  const counts = { added: 0, filled: 0, same: 0, kept: 0, replaced: 0 };
  if (local === undefined) {
    return { taken: results.trials, counts: { ...counts, added: results.trials.length }, resolved: theirs };
  }
  refuseOtherBenchmark(bundle, local);
  const known = new Map(local.trials.map((trial) => [trial.id, trial]));
  const conflicts: string[] = [];
  const taken: BundleTrial[] = [];
  for (const trial of results.trials) {
    const own = known.get(trial.id);
    if (own === undefined) {
      counts.added++;
      taken.push(trial);
    } else if (!hasResult(trial)) {
      counts.same++;
    } else if (!hasResult(own)) {
      counts.filled++;
      taken.push(trial);
    } else if (isSame(own, trial, bundle)) {
      counts.same++;
    } else if (own.evaluateKey === trial.evaluateKey && rule !== 'keep') {
      throw new RethinkError('BUNDLE_CONFLICT', `${trial.id} has other scores here, from the same stages.`, {
        location: { file: archive.file },
        hint: 'Equal stages should give equal scores: run `bundle verify` to see whose can be reproduced, or keep yours with --conflicts keep.',
      });
    } else if (rule === 'replace') {
      counts.replaced++;
      taken.push(trial);
    } else {
      counts.kept++;
      conflicts.push(trial.id);
    }
  }
  if (conflicts.length > 0 && rule === 'refuse') {
    const more = conflicts.length > 1 ? ` and ${conflicts.length - 1} more trials` : '';
    throw new RethinkError('BUNDLE_CONFLICT', `${conflicts[0]}${more} already have another result here.`, {
      location: { file: archive.file },
      hint: 'Nothing was imported: use --conflicts keep for your results, --conflicts replace for those of the bundle, or --as NAME to import under another name.',
    });
  }
  return { taken, counts, resolved: mergedSettings(local.resolved, theirs) };
}

function refuseOtherBenchmark({ results, archive }: Bundle, local: BenchmarkResults): void {
  const { name, resolved } = results.benchmark;
  const changes = settingsChanges(local.resolved, resolved);
  for (const axis of pluginKinds) {
    const own = axisEntries(local.resolved, axis);
    for (const [value, entry] of axisEntries(resolved, axis)) {
      if (own.has(value)) changes.push(...entryChanges(axis, value, own.get(value), entry));
    }
  }
  const [ownData, otherData] = [validationData(local.stages), validationData(results.stages)];
  if (ownData.size > 0 && [...otherData].some((digest) => !ownData.has(digest))) {
    changes.push('the validation data');
  }
  if (changes.length === 0) return;
  throw new RethinkError(
    'BUNDLE_OTHER_BENCHMARK',
    `The benchmark “${name}” of the bundle differs from the one in this workspace: ${listChanges(changes)}.`,
    {
      location: { file: archive.file },
      hint: 'Their scores can’t be compared; import it under another name with --as NAME.',
    },
  );
}

const hasResult = ({ status }: { readonly status: string }) =>
  status === 'done' || status === 'invalid' || status === 'stale';

function isSame(own: TrialRecord, trial: BundleTrial, { evaluations }: Bundle): boolean {
  const stats = evaluations[trial.evaluateKey!]?.report.stats;
  return (
    own.status === trial.status &&
    own.evaluateKey === trial.evaluateKey &&
    (own.metrics === undefined || statNames.every((name) => own.metrics!.stats[name] === stats?.[name]))
  );
}

/** Digests of the data that evaluate stages score on. */
function validationData(
  stages: readonly { kind: string; status: string; parameters: unknown }[],
): Set<string> {
  return new Set(
    stages.flatMap(({ kind, status, parameters }) => {
      const { truth } = parameters as { truth?: { datasetDigest?: string } };
      return kind === 'evaluate' && status === 'done' ? (truth?.datasetDigest ?? []) : [];
    }),
  );
}

/** The local settings, with the axis values that only the other side has appended. */
function mergedSettings(mine: unknown, theirs: unknown): unknown {
  const axes = Object.fromEntries(
    axisNames.map((axis) => {
      const own = axisEntries(mine, axis);
      const added = [...axisEntries(theirs, axis)].filter(([name]) => !own.has(name));
      const all = [...own.values(), ...added.map(([, item]) => item)];
      return [axis, axis === 'seed' ? all.sort((a, b) => Number(a) - Number(b)) : all];
    }),
  );
  return { ...(mine as object), axes };
}
