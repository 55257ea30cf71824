import { RethinkError } from '../../contract';
import { addCosts, type Cost, costOf, type CostFactors } from './cost';
import type { Ledger } from '../plan/ledger';
import { stageKinds } from '../plan/stage-kinds';
import type { StageKind } from '../plan/stage';

/** A stage as its cost needs it. */
export interface LineageStage {
  readonly key: string;
  readonly kind: StageKind;
  /** Keys of the stages whose artifacts it read. */
  readonly parents: readonly string[];
  /** Absent while the stage has not run. */
  readonly ledger?: Ledger;
}

/** A trial as its cost needs it: any of its stages whose ancestors are all the others; usually the last one. */
export interface LineageTrial {
  readonly id: string;
  readonly stageKeys: readonly string[];
}

/**
 * Whom a shared stage is charged to.
 *
 * - `full`: every stage of the trial's lineage, as if the trial had been run alone.
 * - `amortised`: each stage divided by the number of trials of the benchmark that use it. Summed over all trials
 *   of a benchmark this is what the benchmark cost.
 * - `marginal`: only the stages that no other trial uses: what was saved had the trial been left out.
 */
export const costPolicies = ['full', 'amortised', 'marginal'] as const;
export type CostPolicy = (typeof costPolicies)[number];

interface StageCost {
  readonly key: string;
  /** Trials of the benchmark that use it, this one included. */
  readonly users: number;
  /** False for scoring. */
  readonly charged: boolean;
  readonly cost: Cost;
  /** True where somebody else paid and stated the cost. */
  readonly declared: boolean;
}

export interface TrialCost {
  readonly trialId: string;
  readonly full: Cost;
  readonly amortised: Cost;
  readonly marginal: Cost;
  /** The declared part of `full`: weights made elsewhere. */
  readonly declared: Cost;
  /** Detecting and evaluating; in none of the above. */
  readonly scoring: Cost;
  /** Parents before children. */
  readonly stages: readonly StageCost[];
  /** Stages that have not run, so that their cost is in none of the sums. */
  readonly missing: readonly string[];
  /** Kernels without a FLOP formula that ran in a charged stage: the FLOPs are a lower bound. */
  readonly unknownKernels: Readonly<Record<string, number>>;
  /** Declared parts that state FLOPs but no device time: the seconds are a lower bound. */
  readonly declaredWithoutTime: readonly string[];
}

/**
 * What every trial cost under every policy.
 *
 * @param trials all trials of the benchmark that have stages, whether or not they have ended: they decide who shares
 * what, so that a trial's amortised cost does not move while a matrix runs
 * @throws RethinkError `LINEAGE_UNKNOWN_STAGE` or `LINEAGE_CYCLE`
 */
export function lineageCosts(
  stages: readonly LineageStage[],
  trials: readonly LineageTrial[],
  factors?: CostFactors,
): Map<string, TrialCost> {
  const byKey = new Map(stages.map((stage) => [stage.key, stage]));
  const lineages = trials.map((trial) => ({ trial, keys: lineageOf(trial.stageKeys, byKey) }));
  const users = new Map<string, number>();
  for (const { keys } of lineages) for (const key of keys) users.set(key, (users.get(key) ?? 0) + 1);
  return new Map(
    lineages.map(({ trial, keys }) => [
      trial.id,
      trialCostOf(
        trial.id,
        keys.map((key) => byKey.get(key)!),
        users,
        factors,
      ),
    ]),
  );
}

function trialCostOf(
  trialId: string,
  lineage: readonly LineageStage[],
  users: ReadonlyMap<string, number>,
  factors?: CostFactors,
): TrialCost {
  const stages: StageCost[] = [];
  const missing: string[] = [];
  const unknownKernels: Record<string, number> = {};
  const declaredWithoutTime: string[] = [];
  for (const { key, kind, ledger } of lineage) {
    if (ledger === undefined) {
      missing.push(key);
      continue;
    }
    const charged = stageKinds[kind].isCharged;
    stages.push({
      key,
      users: users.get(key)!,
      charged,
      cost: costOf(ledger, factors),
      declared: ledger.declared ?? false,
    });
    if (!charged) continue;
    for (const [kernel, times] of Object.entries(ledger.unknownKernels)) {
      unknownKernels[kernel] = (unknownKernels[kernel] ?? 0) + times;
    }
    if (ledger.declared && ledger.flops > 0 && ledger.deviceSeconds === 0) declaredWithoutTime.push(key);
  }
  const charged = stages.filter((stage) => stage.charged);
  const sum = (parts: readonly StageCost[]) => addCosts(parts.map(({ cost }) => ({ cost })));
  return {
    trialId,
    full: sum(charged),
    amortised: addCosts(charged),
    marginal: sum(charged.filter((stage) => stage.users === 1)),
    declared: sum(charged.filter((stage) => stage.declared)),
    scoring: sum(stages.filter((stage) => !stage.charged)),
    stages,
    missing,
    unknownKernels,
    declaredWithoutTime,
  };
}

/** The stages named and all their ancestors, each once, parents before children. */
function lineageOf(keys: readonly string[], byKey: ReadonlyMap<string, LineageStage>): string[] {
  const done = new Set<string>();
  const open = new Set<string>();
  // A stack of its own: a lineage may be longer than the call stack is deep.
  const stack = [...keys]
    .reverse()
    .map((key) => ({ key, leave: false, child: undefined as string | undefined }));
  while (stack.length > 0) {
    const { key, leave, child } = stack.pop()!;
    if (leave) {
      open.delete(key);
      done.add(key);
      continue;
    }
    if (done.has(key)) continue;
    if (open.has(key)) {
      throw new RethinkError('LINEAGE_CYCLE', `Stage ${key} descends from itself.`, {
        hint: 'The results are damaged: plan the benchmark again.',
      });
    }
    const stage = byKey.get(key);
    if (stage === undefined) {
      throw new RethinkError(
        'LINEAGE_UNKNOWN_STAGE',
        child === undefined
          ? `A trial refers to stage ${key}, of which nothing is recorded.`
          : `Stage ${child} depends on stage ${key}, of which nothing is recorded.`,
        { hint: 'Run the benchmark again: finished stages are reused and recorded again.' },
      );
    }
    open.add(key);
    stack.push({ key, leave: true, child: undefined });
    for (const parent of [...stage.parents].reverse()) stack.push({ key: parent, leave: false, child: key });
  }
  return [...done];
}
