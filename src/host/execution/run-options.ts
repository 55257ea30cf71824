import type { PluginSummary } from '../../core/plan/plugin-summary';
import type { ImageCopies, RunListener } from '../../core/plan/run-events';
import type { RunEnvironment } from '../../core/plan/outcome-schema';
import type { PlannedStage } from '../../core/plan/stage';
import type { DatasetLocation, DatasetLocations, StageJob } from '../../core/plan/stage-job';
import type { ArtifactStore } from '../../core/artifact/artifact-store';
import type { Executor } from './executor';
import type { Gpu } from '../../core/plan/gpu';
import type { LimitOptions } from './limits';

export interface RunOptions extends LimitOptions {
  /** Folder of artifacts, logs, resume points and failures; created if absent. */
  readonly workspace: string;
  readonly datasets: DatasetLocations;
  /** Images that several roles hold, for the record of data access. */
  readonly copies?: ImageCopies;
  /** Ground truth of the unlabelled images; only given to pseudo-label stages, to measure their labels. */
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
  /** GPUs to compute on (`chooseGpus`); none by default. */
  readonly gpus?: readonly Gpu[];
  /** Runs stages elsewhere than on this machine; given the executor of this machine. */
  readonly executor?: (local: Executor, store: ArtifactStore) => Executor;
  readonly listeners?: readonly RunListener[];
  /** Stages that failed in an earlier run are run again unless this is `false`. */
  readonly retryFailed?: boolean;
  /**
   * How often a stage is retried within the run after its process crashed or found a full disk that has room again; 1 by default. Other failures would only repeat themselves.
   */
  readonly crashRetries?: number;
  /** Whether the result of a stage was imported from elsewhere: whole trials that were are not run again. */
  readonly imported?: (key: string) => boolean;
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
