import type {
  AugmentationHandle,
  CheckpointRequest,
  CustomOutput,
  CustomStageRequest,
  DataByRole,
  DataHandle,
  PlanSchedule,
  PseudoClassRequest,
  PseudoLabelRequest,
  ScheduleChange,
  Stages,
  TrainedDetector,
  TrainRequest,
  Weights,
} from '../../contract';
import type { PlannedCheckpoint } from '../../core/plan/plan';
import type { DataSelection, PlannedStage, TrainParameters } from '../../core/plan/stage';
import { planCheckpoint } from './requests/checkpoint';
import { planCustom } from './requests/custom';
import { planHoldOut } from './requests/hold-out';
import { planPseudoClass } from './requests/pseudo-class';
import { planPseudoLabel } from './requests/pseudo-label';
import { plainUse, planTrain } from './requests/train';
import { planCheckpoints, planProbe, planScoring, type ScoreKeys } from './scoring';
import { TrialContext } from './trial-context';
import type { TrialSetting } from './trial-setting';

/** Records what the plugins of one trial request. Nothing runs here. */
export class TrialPlanner implements Stages {
  private readonly context: TrialContext;

  constructor(setting: TrialSetting) {
    this.context = new TrialContext(setting);
  }

  /** By key, parents before children. */
  get stages(): ReadonlyMap<string, PlannedStage> {
    return this.context.graph.stages;
  }

  /** The code of custom stages, by stage key. */
  get customRuns(): ReadonlyMap<string, CustomStageRequest['run']> {
    return this.context.graph.customRuns;
  }

  get augmentationHandle(): AugmentationHandle {
    return this.context.addAugmentation(this.context.setting.augmentation);
  }

  get schedule(): PlanSchedule {
    return this.context.recipe.schedule;
  }

  get data(): DataByRole {
    return this.context.data.handles;
  }

  random(): Weights {
    return this.context.addWeights('random', { heads: [], stageIndex: 0 });
  }

  augmentation(name: string, options: Readonly<Record<string, unknown>> = {}): AugmentationHandle {
    return this.context.addAugmentation(this.context.setting.findAugmentation(name, options));
  }

  checkpoint(request: CheckpointRequest): Weights {
    return planCheckpoint(this.context, request);
  }

  train(request: TrainRequest): TrainedDetector {
    return planTrain(this.context, request);
  }

  pseudoLabel(request: PseudoLabelRequest): DataHandle {
    return planPseudoLabel(this.context, request);
  }

  pseudoClass(request: PseudoClassRequest): DataHandle {
    return planPseudoClass(this.context, request);
  }

  custom(name: string, request: CustomStageRequest): CustomOutput {
    return planCustom(this.context, name, request);
  }

  holdOut(data: DataHandle, share: number): { kept: DataHandle; heldOut: DataHandle } {
    return planHoldOut(this.context, { data, share });
  }

  /** Adds the stages that score a detector, see `planScoring`. */
  score(detector: TrainedDetector): ScoreKeys {
    return planScoring(this.context, detector);
  }

  /** Adds the scoring of checkpoints along the trial's trainings, see `planCheckpoints`. */
  planCheckpoints(count: number, evaluateKey: string): PlannedCheckpoint[] {
    return planCheckpoints(this.context, count, evaluateKey);
  }

  /** Adds the measurement of pre-trained weights in their own task, see `planProbe`. */
  probe(init: Weights): string | undefined {
    return planProbe(this.context, init);
  }

  /** What a training on the labelled data alone would be, without planning it. */
  supervised(change: ScheduleChange): TrainParameters {
    const { recipe, data } = this.context;
    return { ...recipe.changed(change), data: [plainUse(this.context, data.handleOf('labelled'))] };
  }

  /** Images of a role's data set. */
  images(role: DataSelection['role']): number | undefined {
    return this.context.setting.data[role]?.size;
  }

  /**
   * The same stages for another seed, without custom stages. No plugin is asked: none knows the seed.
   *
   * @returns also the key there by the key here
   */
  forSeed(seed: number): { planner: TrialPlanner; keys: ReadonlyMap<string, string> } {
    const { setting, graph } = this.context;
    const planner = new TrialPlanner({ ...setting, axes: { ...setting.axes, seed } });
    return { planner, keys: planner.context.graph.addAllOf(graph) };
  }

  /** Keys of a stage and of all stages that it depends on, parents before children. */
  lineage(last: string): string[] {
    return this.context.graph.lineage(last);
  }
}
