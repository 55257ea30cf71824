import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactStore, type Quarantined } from '../../core/artifact/artifact-store';
import type { Plan } from '../../core/plan/plan';
import { captureEnvironment } from './environment';
import type { RunEnvironment } from '../../core/plan/outcome-schema';
import type { RecordedDataset } from '../../core/plan/run-events';
import { FailureRecords } from './failure-records';
import { importedStages } from '../planning/imported-stages';
import { effortModel } from '../planning/workload';
import { JobFolder } from './batch/job-folder';
import { Listeners } from './listeners';
import { LocalExecutor } from './local-executor';
import { PlanRun, type PlanRunResult } from './plan-run';
import { Scheduler } from './scheduler';
import { planSlots, readCpuShare } from './slots';
import { checkpointFile } from '../../core/plan/stage-job';
import { WorkspaceLock } from './workspace-lock';
import { type RunOptions } from './run-options';
import { Workspace } from '../../core/artifact/workspace';

export interface RunSummary extends Omit<PlanRunResult, 'fatal'> {
  /** `unchanged`: every artifact was there already. */
  readonly status: 'done' | 'unchanged' | 'failed' | 'cancelled';
  readonly reused: readonly string[];
  readonly quarantined: readonly Quarantined[];
  readonly wallSeconds: number;
}

/**
 * Runs the stages of a plan that are not in the workspace yet, each in its own process. A failed stage blocks the
 * stages that depend on it, and no others.
 *
 * @throws RethinkError when the run cannot begin (`WORKSPACE_BUSY`, `READ_ONLY`, `DISK_FULL`, …), and what a listener
 *   throws, after all stages were stopped; finished artifacts stay in both cases
 */
export async function runPlan(plan: Plan, options: RunOptions): Promise<RunSummary> {
  const start = performance.now();
  const command = options.command ?? process.argv.slice(1).join(' ');
  const { backend, engine, gpus = [] } = options;
  const environment = options.environment ?? (await captureEnvironment(backend, engine, gpus));
  const lock = WorkspaceLock.acquire(options.workspace, command);
  try {
    lock.endOrphans();
    const store = new ArtifactStore(options.workspace);
    store.cleanLeftovers(isAbandoned(options.workspace));
    const { present, quarantined } = await presentStages(plan, options, store);
    const local = localExecutor(options, store, environment, lock);
    const executor = options.executor?.(local, store) ?? local;
    const listeners = new Listeners(options.listeners ?? []);
    const reused = plan.stages.filter(({ key }) => present.has(key)).map(({ key }) => key);
    await listeners.emit('runStarted', {
      plan,
      environment,
      reused,
      slots: executor.slots,
      command,
      quarantined,
      datasets: recordedDatasets(options),
      copies: options.copies,
      plugins: options.plugins,
    });
    const isDone = reused.length === plan.stages.length;
    const run = isDone
      ? undefined
      : new PlanRun(options, {
          store,
          listeners,
          executor,
          failures: new FailureRecords(options.workspace),
          scheduler: new Scheduler(plan.stages, present, effortModel(plan.stages)),
        });
    const { finished, failed, blocked, cancelled, stopped, fatal } =
      run === undefined ? nothingRun : await run.toEnd();
    const wallSeconds = (performance.now() - start) / 1000;
    await listeners.emit('runFinished', {
      finished: finished.length,
      failed: failed.length,
      blocked: blocked.length,
      cancelled,
      wallSeconds,
    });
    if (fatal !== undefined) throw fatal.error;
    const unfailed = finished.length === 0 ? 'unchanged' : 'done';
    const status = cancelled ? 'cancelled' : failed.length > 0 ? 'failed' : unfailed;
    return { status, reused, finished, failed, blocked, quarantined, cancelled, stopped, wallSeconds };
  } finally {
    lock.release();
  }
}

/** Stages whose artifacts or imported results can be used; traces of their earlier attempts are removed. */
async function presentStages(
  { stages }: Plan,
  { workspace, verifyArtifacts, imported = () => false }: RunOptions,
  store: ArtifactStore,
) {
  const keys = stages.map(({ key }) => key);
  const { present, quarantined } = await store.take(keys, verifyArtifacts ? 'checksums' : 'sizes');
  for (const { key, checkpointSteps } of stages) {
    // Trained before without these checkpoints: train again; stages that used its artifact remain.
    if (checkpointSteps && present.has(key) && store.lacks(key, checkpointSteps.map(checkpointFile)))
      present.delete(key);
  }
  removeTraces(workspace, present);
  for (const folder of JobFolder.all(workspace)) if (present.has(folder.key)) folder.remove();
  for (const key of importedStages(stages, present, imported)) present.add(key);
  return { present, quarantined };
}

function localExecutor(
  options: RunOptions,
  store: ArtifactStore,
  environment: RunEnvironment,
  lock: WorkspaceLock,
): LocalExecutor {
  const { threads = 1, gpus, slots: requested } = options;
  return new LocalExecutor(planSlots(readCpuShare(), { threads, gpus, requested }), {
    ...options,
    store,
    environment,
    childStarted: (identity) => lock.childStarted(identity),
    childEnded: (pid) => lock.childEnded(pid),
  });
}

/** Jobs of a batch system may be working on their drafts while no host runs. */
function isAbandoned(workspace: string): (key: string) => boolean {
  const jobs = new Set(JobFolder.all(workspace).map(({ key }) => key));
  return (key) => !jobs.has(key);
}

const nothingRun: PlanRunResult = { finished: [], failed: [], blocked: [], cancelled: false };

function recordedDatasets({ datasets, hiddenTruth }: RunOptions): Record<string, RecordedDataset> {
  return Object.fromEntries(
    Object.entries(datasets).map(([role, location]) => [
      location.digest,
      role === 'unlabelled' && hiddenTruth?.annotations !== undefined
        ? { ...location, truth: hiddenTruth.annotations }
        : location,
    ]),
  );
}

/** A host that was killed right after publishing left a resume point or a failure of a finished stage. */
function removeTraces(workspace: string, finished: ReadonlySet<string>): void {
  const { resumePoints } = new Workspace(workspace);
  const keys = existsSync(resumePoints) ? readdirSync(resumePoints).filter((name) => finished.has(name)) : [];
  for (const key of keys) rmSync(join(resumePoints, key), { recursive: true, force: true });
  const failures = new FailureRecords(workspace);
  for (const key of failures.keys()) if (finished.has(key)) failures.remove(key);
}
