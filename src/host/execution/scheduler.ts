import type { PlannedStage } from '../../core/plan/stage';
import { stageKinds } from '../../core/plan/stage-kinds';

export interface Blocked {
  readonly stage: PlannedStage;
  readonly because: PlannedStage;
}

type State = 'waiting' | 'ready' | 'running' | 'finished' | 'failed' | 'blocked';

/**
 * Decides what runs next. Knows neither processes nor clocks: every change is a call. Scoring goes first; else the
 * ready stage with the longest chain of work behind it, so that the last slots do not wait for one long chain.
 */
export class Scheduler {
  private readonly stages = new Map<string, PlannedStage>();
  private readonly children = new Map<string, string[]>();
  private readonly missing = new Map<string, number>();
  private readonly states = new Map<string, State>();
  private readonly priority = new Map<string, number>();
  /** Ready keys by rising priority, so that the next one is the last. */
  private readonly ready: string[] = [];
  private readonly order = new Map<string, number>();

  /**
   * @param stages parents before children, as in a plan
   * @param finished keys whose artifacts are in the store
   * @param work expected work of a stage in any one unit, above zero
   * @throws TypeError when a parent is unknown or comes after its child
   */
  constructor(
    stages: readonly PlannedStage[],
    finished: ReadonlySet<string>,
    work: (stage: PlannedStage) => number,
  ) {
    for (const [index, stage] of stages.entries()) {
      const parents = new Set(Object.values(stage.inputs));
      for (const parent of parents) {
        if (!this.stages.has(parent)) {
          throw new TypeError(
            `Stage ${stage.key} depends on ${parent}, which does not precede it in the plan.`,
          );
        }
        this.children.get(parent)!.push(stage.key);
      }
      this.stages.set(stage.key, stage);
      this.children.set(stage.key, []);
      this.order.set(stage.key, index);
      this.states.set(stage.key, finished.has(stage.key) ? 'finished' : 'waiting');
      this.missing.set(stage.key, [...parents].filter((parent) => !finished.has(parent)).length);
    }
    for (const stage of stages.toReversed()) {
      const behind = this.children.get(stage.key)!.map((child) => this.priority.get(child)!);
      const own = this.states.get(stage.key) === 'finished' ? 0 : work(stage);
      this.priority.set(stage.key, own + behind.reduce((most, each) => Math.max(most, each), 0));
    }
    for (const stage of stages) {
      if (this.states.get(stage.key) === 'waiting' && this.missing.get(stage.key) === 0)
        this.makeReady(stage.key);
    }
  }

  /**
   * The stage to run next; `undefined` while the others wait for running ones or for room.
   *
   * @param hasRoom whether a stage can start now
   */
  start(hasRoom: (stage: PlannedStage) => boolean = () => true): PlannedStage | undefined {
    const index = this.ready.findLastIndex((key) => hasRoom(this.stages.get(key)!));
    if (index < 0) return undefined;
    const [key] = this.ready.splice(index, 1) as [string];
    this.states.set(key, 'running');
    return this.stages.get(key);
  }

  /** Stages that score the results of this one and wait for no other, in an order in which they can run. */
  followers(key: string): PlannedStage[] {
    const chain = new Map<string, PlannedStage>();
    const isDone = (parent: string) =>
      parent === key || chain.has(parent) || this.states.get(parent) === 'finished';
    const queue = [...this.children.get(key)!];
    for (let child = queue.shift(); child !== undefined; child = queue.shift()) {
      const stage = this.stages.get(child)!;
      if (chain.has(child) || this.states.get(child) !== 'waiting') continue;
      if (!stageKinds[stage.kind].seesValidation || !Object.values(stage.inputs).every(isDone)) continue;
      chain.set(child, stage);
      queue.push(...this.children.get(child)!);
    }
    return [...chain.values()];
  }

  finish(key: string): void {
    this.leaveRunning(key, 'finished');
    for (const child of this.children.get(key)!) {
      const missing = this.missing.get(child)! - 1;
      this.missing.set(child, missing);
      if (missing === 0 && this.states.get(child) === 'waiting') this.makeReady(child);
    }
  }

  /** Answers all stages that can't run any more because of this one, parents before children. */
  fail(key: string): Blocked[] {
    this.leaveRunning(key, 'failed');
    const because = this.stages.get(key)!;
    const blocked: Blocked[] = [];
    const queue = [...this.children.get(key)!];
    for (let child = queue.shift(); child !== undefined; child = queue.shift()) {
      if (this.states.get(child) !== 'waiting') continue;
      this.states.set(child, 'blocked');
      blocked.push({ stage: this.stages.get(child)!, because });
      queue.push(...this.children.get(child)!);
    }
    return blocked.sort((a, b) => this.order.get(a.stage.key)! - this.order.get(b.stage.key)!);
  }

  /** Puts a running stage back, to be started again. */
  retry(key: string): void {
    this.leaveRunning(key, 'waiting');
    this.makeReady(key);
  }

  /** Whether every stage is finished, failed or blocked. */
  get settled(): boolean {
    return (
      this.ready.length === 0 &&
      ![...this.states.values()].some((state) => state === 'running' || state === 'waiting')
    );
  }

  private leaveRunning(key: string, state: State): void {
    if (this.states.get(key) !== 'running') {
      throw new TypeError(`Stage ${key} is ${this.states.get(key) ?? 'unknown'}, not running.`);
    }
    this.states.set(key, state);
  }

  /** Keeps `ready` sorted; of equal priorities the stage that the plan names first goes first. */
  private makeReady(key: string): void {
    this.states.set(key, 'ready');
    let low = 0;
    let high = this.ready.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.goesBefore(key, this.ready[middle]!)) low = middle + 1;
      else high = middle;
    }
    this.ready.splice(low, 0, key);
  }

  private goesBefore(a: string, b: string): boolean {
    const [scoresA, scoresB] = [a, b].map((key) => stageKinds[this.stages.get(key)!.kind].seesValidation);
    if (scoresA !== scoresB) return scoresA === true;
    const difference = this.priority.get(a)! - this.priority.get(b)!;
    return difference === 0 ? this.order.get(a)! < this.order.get(b)! : difference > 0;
  }
}
