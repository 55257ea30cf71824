import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactStore, type Quarantined } from '../artifact/artifact-store';
import type { Plan } from '../benchmark/plan';
import type { PlannedStage } from '../benchmark/stage';
import { captureEnvironment } from './environment';
import type {
  PictureCopies,
  PluginSummary,
  RecordedDataset,
  RunEnvironment,
  RunListener,
  StageFailure,
} from './events';
import { FailureRecords } from './failure-records';
import { keptStages } from './kept-stages';
import type { LimitOptions } from './limits';
import { Listeners } from './listeners';
import { PlanRun, type PlanRunResult } from './plan-run';
import { Scheduler } from './scheduler';
import { planSlots, readCpuShare } from './slots';
import { type DatasetLocation, type DatasetLocations, pointFile, type StageJob } from './stage-services';
import { workOf } from './work';
import { WorkspaceLock } from './workspace-lock';

export interface RunOptions extends LimitOptions {
  /** Folder of artifacts, logs, resume points and failures; made where it is absent. */
  readonly workspace: string;
  readonly datasets: DatasetLocations;
  /** Pictures that several roles hold, for the record of data access. */
  readonly copies?: PictureCopies;
  /** Truth of the unlabelled pictures; only pseudo-label stages are told, to measure what they made. */
  readonly hiddenTruth?: DatasetLocation;
  /** `<kind>/<name>` → entry file of the plugin. */
  readonly pluginEntries: Readonly<Record<string, string>>;
  readonly backend: StageJob['backend'];
  /** Version of the tensor engine, the same as in the stage keys. */
  readonly engine: string;
  /** Threads of the tensor engine in a stage, the same as in the stage keys; 1 by default. */
  readonly threads?: number;
  /** Number of slots; default: one for each GPU, else one for each `threads` cores. */
  readonly slots?: number;
  /** Number of CUDA devices to use; 0 by default. */
  readonly gpus?: number;
  readonly listeners?: readonly RunListener[];
  /** Stages that failed in an earlier run are run again unless this is `false`. */
  readonly retryFailed?: boolean;
  /**
   * How often a stage is started again within the run whose process crashed, or which found the disk full although there
   * is room again; 1 by default. Other failures would only repeat themselves.
   */
  readonly crashRetries?: number;
  /** Whether the result of a stage was imported from elsewhere: whole trials that were are not run again. */
  readonly kept?: (key: string) => boolean;
  /** Reads every byte of the artifacts that could be reused, instead of their sizes. */
  readonly verifyArtifacts?: boolean;
  /** Stop: stages end at a point from which the next run goes on. */
  readonly signal?: AbortSignal;
  /** Stop at once. */
  readonly killSignal?: AbortSignal;
  /** Seconds that a stage may take to end in order; 10 by default. */
  readonly graceSeconds?: number;
  /** The command line, for the record. */
  readonly command?: string;
  /** For custom stages: plain JSON by which `resolveCustom` finds the plugin's `run` in the stage's process. */
  readonly customOf?: (stage: PlannedStage) => unknown;
  /** All plugins, for the pages. */
  readonly plugins?: readonly PluginSummary[];
  /** Captured when absent. */
  readonly environment?: RunEnvironment;
  /** Module that exports `runners` by kind in place of the built-in ones (tests). */
  readonly runnersModule?: string;
}

export interface RunSummary {
  /** `unchanged`: every artifact was there already. */
  readonly status: 'done' | 'unchanged' | 'failed' | 'cancelled';
  readonly reused: readonly string[];
  readonly finished: readonly string[];
  readonly failed: readonly { readonly stage: PlannedStage; readonly failure: StageFailure }[];
  readonly blocked: readonly { readonly stage: PlannedStage; readonly because: PlannedStage }[];
  readonly quarantined: readonly Quarantined[];
  readonly cancelled: boolean;
  /** Why the run ended early by itself: a full disk. */
  readonly stopped?: { readonly code: string; readonly message: string; readonly hint?: string };
  readonly wallSeconds: number;
}

/**
 * Runs what of a plan is not in the workspace yet, each stage in a process of its own. A stage that fails takes the
 * stages that need it with it, and no others; it is never taken for finished.
 *
 * @throws RethinkError when the run can't begin (`WORKSPACE_BUSY`, `READ_ONLY`, `DISK_FULL`, …), and what a listener
 *   throws, after all stages were stopped; finished artifacts stay in both cases
 */
export async function runPlan(plan: Plan, options: RunOptions): Promise<RunSummary> {
  const start = performance.now();
  const command = options.command ?? process.argv.slice(1).join(' ');
  const environment = options.environment ?? (await captureEnvironment(options.backend, options.engine));
  const lock = WorkspaceLock.acquire(options.workspace, command);
  try {
    lock.endOrphans();
    const store = new ArtifactStore(options.workspace);
    store.cleanLeftovers();
    const { present, quarantined } = await store.take(
      plan.stages.map(({ key }) => key),
      options.verifyArtifacts ? 'sums' : 'sizes',
    );
    for (const { key, keepSteps } of plan.stages) {
      // Trained before without being asked for these weights: it is trained again, and what was made from it stays.
      if (keepSteps && present.has(key) && store.lacks(key, keepSteps.map(pointFile))) present.delete(key);
    }
    removeTraces(options.workspace, present);
    const { kept = () => false } = options;
    for (const key of keptStages(plan.stages, present, kept)) present.add(key);
    const slots = planSlots(readCpuShare(), {
      threads: options.threads ?? 1,
      gpus: options.gpus,
      requested: options.slots,
    });
    const listeners = new Listeners(options.listeners ?? []);
    const reused = plan.stages.filter(({ key }) => present.has(key)).map(({ key }) => key);
    await listeners.emit('runStarted', {
      plan,
      environment,
      reused,
      slots: slots.length,
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
          environment,
          slots,
          lock,
          failures: new FailureRecords(options.workspace),
          scheduler: new Scheduler(plan.stages, present, (stage) => workOf(stage)),
          logFolder: join(options.workspace, 'logs'),
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
    const status = cancelled
      ? 'cancelled'
      : failed.length > 0
        ? 'failed'
        : finished.length === 0
          ? 'unchanged'
          : 'done';
    return { status, reused, finished, failed, blocked, quarantined, cancelled, stopped, wallSeconds };
  } finally {
    lock.release();
  }
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

/** A host that died between an artifact and its tidying left a resume point or a failure of a finished stage. */
function removeTraces(workspace: string, finished: ReadonlySet<string>): void {
  const resume = join(workspace, 'resume');
  const keys = existsSync(resume) ? readdirSync(resume).filter((name) => finished.has(name)) : [];
  for (const key of keys) rmSync(join(resume, key), { recursive: true, force: true });
  const failures = new FailureRecords(workspace);
  for (const key of failures.keys()) if (finished.has(key)) failures.remove(key);
}
