import type { Plan, PlannedTrial } from '../../core/plan/plan';
import type { PlannedStage } from '../../core/plan/stage';
import type { StagePosition, StageResult } from '../../core/plan/run-events';
import type { StageProgress } from '../../core/plan/stage-job';
import { Estimator, timeLeft } from '../../host/execution/time-left';
import { effortModel } from '../../host/planning/workload';

/** State of a running stage. Times in milliseconds of one clock. */
interface Running {
  readonly stage: PlannedStage;
  readonly position: StagePosition;
  readonly since: number;
  /** First and latest report: speed is measured between them, which excludes the start-up. */
  first?: { readonly at: number; readonly share: number };
  latest?: { readonly at: number; readonly share: number; readonly progress: StageProgress };
}

/** A running stage in the progress view. */
export interface StageRow extends StagePosition {
  readonly stage: PlannedStage;
  readonly trial?: PlannedTrial;
  /** Number of trials that share the stage. */
  readonly sharedBy: number;
  /** Number of the stage within its trial, from 1, and number of stages of the trial. */
  readonly numbers?: readonly [number, number];
  readonly progress?: StageProgress;
  readonly elapsedSeconds: number;
  readonly secondsLeft?: number;
}

export interface RunSnapshot {
  readonly name: string;
  readonly stages: {
    readonly done: number;
    readonly failed: number;
    readonly blocked: number;
    /** Waiting in the queue of a batch system. */
    readonly queued: number;
    readonly total: number;
  };
  readonly trials: { readonly done: number; readonly failed: number; readonly total: number };
  /** Share of the expected effort that is done, 0…1. */
  readonly share: number;
  readonly elapsedSeconds: number;
  readonly secondsLeft?: number;
  readonly rows: readonly StageRow[];
}

type State = 'waiting' | 'queued' | 'running' | 'done' | 'failed' | 'blocked';

/** Tracks the progress of a run from its events; independent of the terminal. */
export class RunView {
  private readonly states = new Map<string, State>();
  private readonly stages: ReadonlyMap<string, PlannedStage>;
  private readonly trialsOf = new Map<string, PlannedTrial[]>();
  private readonly stagesLeft = new Map<PlannedTrial, number>();
  private readonly running = new Map<string, Running>();
  private readonly effortOf: (stage: PlannedStage) => number;
  private readonly estimator: Estimator;
  private readonly counts: Record<State, number> = {
    waiting: 0,
    queued: 0,
    running: 0,
    done: 0,
    failed: 0,
    blocked: 0,
  };
  private readonly failedTrials = new Set<PlannedTrial>();
  private trialsDone = 0;
  private effortLeft = 0;
  private readonly totalEffort: number;
  private estimate?: { readonly until: number; readonly seconds: number | undefined };

  constructor(
    private readonly plan: Plan,
    reused: readonly string[],
    private readonly slots: number,
    private readonly startedAt: number,
  ) {
    this.effortOf = effortModel(plan.stages);
    this.estimator = new Estimator(this.effortOf);
    this.stages = new Map(plan.stages.map((stage) => [stage.key, stage]));
    const done = new Set(reused);
    for (const stage of plan.stages) {
      const state = done.has(stage.key) ? 'done' : 'waiting';
      this.states.set(stage.key, state);
      this.counts[state]++;
      if (state === 'waiting') this.effortLeft += this.effortOf(stage);
    }
    this.totalEffort = this.effortLeft;
    for (const trial of plan.trials) {
      if (trial.skipped !== undefined) continue;
      for (const key of trial.stageKeys) {
        const users = this.trialsOf.get(key);
        if (users) users.push(trial);
        else this.trialsOf.set(key, [trial]);
      }
      const left = trial.stageKeys.filter((key) => !done.has(key)).length;
      this.stagesLeft.set(trial, left);
      if (left === 0) this.trialsDone++;
    }
  }

  queue(stage: PlannedStage): void {
    this.running.delete(stage.key);
    this.move(stage.key, 'queued');
  }

  start(stage: PlannedStage, position: StagePosition, now: number): void {
    this.move(stage.key, 'running');
    this.running.set(stage.key, { stage, position, since: now });
  }

  progress(stage: PlannedStage, progress: StageProgress, now: number): void {
    const running = this.running.get(stage.key);
    if (running === undefined || !(progress.total > 0)) return;
    const share = Math.min(1, Math.max(0, progress.done / progress.total));
    running.first ??= { at: now, share };
    running.latest = { at: now, share, progress };
  }

  /** @returns the trials that this stage completes */
  finish(stage: PlannedStage, result: StageResult): PlannedTrial[] {
    this.running.delete(stage.key);
    this.move(stage.key, 'done');
    this.effortLeft -= this.effortOf(stage);
    this.estimator.observe(stage, result.ledger.wallSeconds);
    const complete: PlannedTrial[] = [];
    for (const trial of this.trialsOf.get(stage.key) ?? []) {
      const left = this.stagesLeft.get(trial)! - 1;
      this.stagesLeft.set(trial, left);
      if (left === 0) complete.push(trial);
    }
    this.trialsDone += complete.length;
    return complete;
  }

  /** A stage that did not finish: it failed, or the run was stopped. */
  leave(stage: PlannedStage, state: 'failed' | 'blocked' | 'waiting'): void {
    this.running.delete(stage.key);
    this.move(stage.key, state);
    if (state === 'waiting') return;
    this.effortLeft -= this.effortOf(stage);
    for (const trial of this.trialsOf.get(stage.key) ?? []) this.failedTrials.add(trial);
  }

  trialOf(stage: PlannedStage): PlannedTrial | undefined {
    const users = this.trialsOf.get(stage.key) ?? [];
    return users.find((trial) => this.stagesLeft.get(trial)! > 0) ?? users[0];
  }

  snapshot(now: number): RunSnapshot {
    const rows = [...this.running.values()].map((running) => this.row(running, now));
    const inProgress = [...this.running.values()].reduce(
      (sum, { stage, latest }) => sum + this.effortOf(stage) * (latest?.share ?? 0),
      0,
    );
    const { done, failed, blocked, queued } = this.counts;
    return {
      name: this.plan.benchmark.name,
      stages: { done, failed, blocked, queued, total: this.plan.stages.length },
      trials: { done: this.trialsDone, failed: this.failedTrials.size, total: this.stagesLeft.size },
      share: this.totalEffort === 0 ? 1 : Math.min(1, 1 - (this.effortLeft - inProgress) / this.totalEffort),
      elapsedSeconds: (now - this.startedAt) / 1000,
      secondsLeft: this.secondsLeft(now),
      rows: rows.sort((a, b) => a.slot - b.slot),
    };
  }

  private row(running: Running, now: number): StageRow {
    const { stage, position, since, latest } = running;
    const trial = this.trialOf(stage);
    return {
      ...position,
      stage,
      trial,
      sharedBy: this.trialsOf.get(stage.key)?.length ?? 0,
      numbers: trial && [trial.stageKeys.indexOf(stage.key) + 1, trial.stageKeys.length],
      progress: latest?.progress,
      elapsedSeconds: (now - since) / 1000,
      secondsLeft: this.stageSecondsLeft(running, now, this.estimator),
    };
  }

  private stageSecondsLeft(running: Running, now: number, estimator: Estimator): number | undefined {
    const { stage, since, first, latest } = running;
    if (first && latest && latest.share > first.share) {
      const secondsOfWhole = (latest.at - first.at) / 1000 / (latest.share - first.share);
      return Math.max(0, (1 - latest.share) * secondsOfWhole - (now - latest.at) / 1000);
    }
    const whole = estimator.seconds(stage);
    return whole === undefined ? undefined : Math.max(0, whole - (now - since) / 1000);
  }

  /** Recomputed once a second, less often if that is slow: a plan may have ten thousand trials. */
  private secondsLeft(now: number): number | undefined {
    if (this.estimate && now < this.estimate.until) return this.estimate.seconds;
    const start = performance.now();
    const seconds = this.computeSecondsLeft(now);
    this.estimate = { until: now + Math.max(1000, 50 * (performance.now() - start)), seconds };
    return seconds;
  }

  private computeSecondsLeft(now: number): number | undefined {
    // Until a first stage has finished, the running ones show how fast this machine is.
    const partial = new Estimator(this.effortOf);
    for (const { stage, since, latest } of this.running.values()) {
      if (latest) partial.observe(stage, (latest.at - since) / 1000, latest.share);
    }
    const remaining = [];
    for (const [key, stage] of this.stages) {
      const state = this.states.get(key);
      if (state !== 'waiting' && state !== 'queued' && state !== 'running') continue;
      const running = this.running.get(key);
      const seconds = running
        ? (this.stageSecondsLeft(running, now, this.estimator) ?? partial.seconds(stage))
        : (this.estimator.seconds(stage) ?? partial.seconds(stage));
      if (seconds === undefined) return undefined;
      remaining.push({ key, seconds, parents: Object.values(stage.inputs) });
    }
    return timeLeft(remaining, this.slots);
  }

  private move(key: string, state: State): void {
    this.counts[this.states.get(key)!]--;
    this.counts[state]++;
    this.states.set(key, state);
  }
}
