import type { PlannedControl, PlannedCheckpoint } from '../../core/plan/plan';
import type { TrialAxes } from '../../core/plan/axes';
import type { Ledger } from '../../core/plan/ledger';
import type { Metrics, Stats, StoredResamples } from '../../evaluation';
import type { RecordedFailure } from '../../core/plan/failure';
import type { PluginSummary } from '../../core/plan/plugin-summary';
import type { RecordedDataset } from '../../core/plan/run-events';
import type { RunEnvironment } from '../../core/plan/outcome-schema';

import type { DataAccess } from './data-access';
import type { StageKind } from '../../core/plan/stage';

/**
 * `invalid`: it has a result, but a stage of it saw validation images: shown, and ranked nowhere.
 * `stale`: it has a result, but of an earlier state of the benchmark, the plugins or the host, and no newer one yet.
 */
export const trialStatuses = ['planned', 'running', 'done', 'invalid', 'skipped', 'failed', 'stale'] as const;
export type TrialStatus = (typeof trialStatuses)[number];

/** `blocked`: a stage before it failed. */
export type StageStatus = 'planned' | 'running' | 'done' | 'failed' | 'blocked';

export interface StageRecord {
  readonly key: string;
  readonly kind: StageKind;
  readonly label: string;
  readonly seed: number;
  readonly parameters: unknown;
  /** Input name → key of the parent. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly status: StageStatus;
  /** How often it was started; 0 before the first time. */
  readonly attempt: number;
  /** ISO 8601. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly ledger?: Ledger;
  readonly summary?: Readonly<Record<string, number | string>>;
  /** Images that the stage was given, by role. */
  readonly imageCounts?: Readonly<Record<string, number>>;
  readonly failure?: RecordedFailure;
  /** Key of `environments`. */
  readonly environmentId?: string;
}

/** AP at a checkpoint of one of a trial's trainings. */
export interface TrialCheckpoint extends PlannedCheckpoint {
  /** Absent while it has not been scored. */
  readonly stats?: Stats;
  readonly resamples?: StoredResamples;
}

export interface TrialRecord {
  /** `init=…,augmentation=…,strategy=…,fraction=…,seed=…` */
  readonly id: string;
  readonly axes: TrialAxes;
  readonly status: TrialStatus;
  /** Stable code of the reason. */
  readonly code?: string;
  /** Why it is skipped, failed, invalid, stale or still planned. */
  readonly reason?: string;
  readonly logFile?: string;
  /** Parents before children, by the newest plan; of a stale trial not those that its metrics come from. */
  readonly stageKeys: readonly string[];
  /** The stages that the metrics come from; of a trial without metrics, those planned. */
  readonly detectKey?: string;
  readonly evaluateKey?: string;
  /** Of a trial that is done or invalid, or those of the earlier state of a stale one. */
  readonly metrics?: Metrics;
  /** Which images its stages saw; absent until it is scored. */
  readonly access?: DataAccess;
  /** AP along its trainings, by the newest plan; absent where the benchmark scores at the end only. */
  readonly checkpoints?: readonly TrialCheckpoint[];
  /** Of a compute-matched control, which is on no axis of the matrix. */
  readonly control?: PlannedControl;
}

interface RunRecord {
  readonly startedAt: string;
  /** Absent while it runs, and where it was killed. */
  readonly endedAt?: string;
  readonly cancelled?: boolean;
  readonly command: string;
  readonly slots: number;
  readonly trials: number;
  readonly environmentId: string;
}

/** All results of one benchmark: the report's input. Plain JSON. */
export interface BenchmarkResults {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Relative to the folder of the run where it is inside. */
  readonly file: string;
  /** The benchmark after `extends` and defaults. */
  readonly resolved: unknown;
  readonly updatedAt: string;
  /** By content digest. */
  readonly datasets: Readonly<Record<string, RecordedDataset>>;
  /** In the order of the matrix. */
  readonly trials: readonly TrialRecord[];
  readonly stages: readonly StageRecord[];
  /** Oldest first. */
  readonly runs: readonly RunRecord[];
  readonly environments: Readonly<Record<string, RunEnvironment>>;
  readonly plugins: readonly PluginSummary[];
}

export interface ResultsSnapshot {
  readonly schemaVersion: 1;
  /** Newest first. */
  readonly benchmarks: readonly BenchmarkResults[];
}
