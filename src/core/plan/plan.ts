import type { TrialAxes } from './axes';
import type { PlannedStage } from './stage';
import type { CheckpointIdentities } from './checkpoint-identities';

/** A detector that one of a trial's trainings had on its way, or ended with, scored like the trial itself. */
export interface PlannedCheckpoint {
  /** Key of the training stage. */
  readonly training: string;
  /** Steps done when it had these weights, and steps of the whole stage. */
  readonly step: number;
  readonly steps: number;
  readonly detectKey: string;
  readonly evaluateKey: string;
}

/** What a compute-matched control is the control of. */
export interface PlannedControl {
  /** Trials whose compute it has, all other axes alike: equal needs share one control. */
  readonly of: readonly Pick<TrialAxes, 'strategy' | 'length'>[];
}

/** One point of the matrix with the stages that it needs. */
export interface PlannedTrial {
  /** `init=random,augmentation=s1,strategy=supervised,fraction=0.2,seed=0` */
  readonly id: string;
  readonly axes: TrialAxes;
  /** Keys of all its stages, parents before children; empty for a skipped trial. */
  readonly stageKeys: readonly string[];
  /** Key of the last stage, which holds the metrics. */
  readonly evaluateKey?: string;
  readonly detectKey?: string;
  /** AP along its trainings; the stages that score it are not among `stageKeys`: the trial is done without them. */
  readonly checkpoints?: readonly PlannedCheckpoint[];
  /** Of a trial that the host planned beside others; its strategy is on no axis of the file. */
  readonly control?: PlannedControl;
  /** Why it cannot run: its plugin is broken, a data role is missing, … */
  readonly skipped?: { readonly code: string; readonly reason: string };
}

/** All stages of all trials; equal stages appear once. */
export interface Plan {
  /** What the plan's sources of weights hold. */
  readonly checkpointIdentities?: CheckpointIdentities;
  readonly benchmark: {
    readonly name: string;
    readonly title: string;
    readonly description: string;
    /** Absolute path of the file. */
    readonly file: string;
    /** The benchmark after `extends` and defaults, as plain JSON. */
    readonly resolved: unknown;
  };
  readonly trials: readonly PlannedTrial[];
  /** Parents before children. */
  readonly stages: readonly PlannedStage[];
}
