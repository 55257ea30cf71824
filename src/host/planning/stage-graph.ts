import type { CustomStageRequest } from '../../contract';
import type { PlannedStage, StageWork } from '../../core/plan/stage';
import { stageKey } from './stage-key';
import type { TrialSetting } from './trial-setting';

/** Stages of one trial that may have different seeds; far more than any chain of trainings has. */
const SEEDS_PER_TRIAL = 1000;

/**
 * Seed of a stage that draws random numbers: trials have disjoint ranges, and a student, which is one training further
 * from random weights than its teacher, does not repeat the teacher's samples.
 *
 * @param stageIndex training stages between the stage and random weights
 */
function stageSeed(trialSeed: number, stageIndex: number): number {
  return trialSeed * SEEDS_PER_TRIAL + stageIndex;
}

/** The stages of one trial; equal ones appear once. */
export class StageGraph {
  /** By key, parents before children. */
  readonly stages = new Map<string, PlannedStage>();
  /** The code of custom stages, by stage key. */
  readonly customRuns = new Map<string, CustomStageRequest['run']>();
  /** Of the stages that draw random numbers, by stage key. */
  private readonly indices = new Map<string, number>();

  constructor(private readonly setting: Pick<TrialSetting, 'benchmark' | 'axes' | 'engine' | 'interner'>) {}

  /**
   * @param inputs input name → key of the stage that it comes from
   * @param stageIndex of a stage that draws random numbers, see `stageSeed`
   * @returns the stage's key
   */
  add(
    given: StageWork,
    label: string,
    inputs: Readonly<Record<string, string>>,
    stageIndex?: number,
  ): string {
    const work = this.interned(given);
    const seed = stageIndex === undefined ? 0 : stageSeed(this.setting.axes.seed, stageIndex);
    const key = stageKey(work, seed, inputs, this.setting.engine);
    if (!this.stages.has(key)) {
      const { kind, parameters } = work;
      const timeLimitSeconds = this.setting.benchmark.limits.stageMinutes * 60;
      const stage = { kind, parameters, key, label, seed, inputs, timeLimitSeconds } as PlannedStage;
      this.stages.set(key, stage);
      if (stageIndex !== undefined) this.indices.set(key, stageIndex);
    }
    return key;
  }

  /**
   * Adds the stages of a trial that differs in its seed alone, which must have no custom stages.
   *
   * @returns key there → key here
   */
  addAllOf(other: StageGraph): ReadonlyMap<string, string> {
    const keys = new Map<string, string>();
    for (const stage of other.stages.values()) {
      const inputs: Record<string, string> = {};
      for (const [name, parent] of Object.entries(stage.inputs)) inputs[name] = keys.get(parent)!;
      keys.set(stage.key, this.add(stage, stage.label, inputs, other.indices.get(stage.key)));
    }
    return keys;
  }

  /** Keys of a stage and of all stages that it depends on, parents before children. */
  lineage(last: string): string[] {
    const order: string[] = [];
    const visit = (key: string) => {
      if (order.includes(key)) return;
      Object.values(this.stages.get(key)?.inputs ?? {}).forEach(visit);
      order.push(key);
    };
    visit(last);
    return order;
  }

  /** Stages of trials that differ in their seeds alone have equal parameters. */
  private interned(work: StageWork): StageWork {
    // A plugin may change the parameters of its custom stages later.
    if (work.kind === 'custom') return work;
    return { kind: work.kind, parameters: this.setting.interner.intern(work.parameters) } as StageWork;
  }
}
