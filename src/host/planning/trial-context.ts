import { type AugmentationHandle, RethinkError, type TrainedDetector, type Weights } from '../../contract';
import { DataRoles } from './data-roles';
import { Recipe } from './recipe';
import { requestError } from './requests/request';
import { StageGraph } from './stage-graph';
import type { PlannedAugmentation, TrialSetting } from './trial-setting';

/** What a weights handle stands for. */
export interface WeightsEntry {
  /** Key of the stage that writes them; absent for weights drawn from the seed. */
  readonly stage?: string;
  /** Names of the heads that they were trained with. */
  readonly heads: readonly string[];
  /** Training stages between these and random weights, see `stageSeed`. */
  readonly stageIndex: number;
}

/** One trial while it is planned: the stages so far, and what the handles given to its plugins stand for. */
export class TrialContext {
  readonly graph: StageGraph;
  readonly data: DataRoles;
  readonly recipe: Recipe;
  private readonly weights = new Map<string, WeightsEntry>();
  private readonly augmentations = new Map<string, PlannedAugmentation>();

  constructor(readonly setting: TrialSetting) {
    this.graph = new StageGraph(setting);
    this.data = new DataRoles(setting);
    this.recipe = new Recipe(setting);
  }

  /**
   * The same stages for another seed, without custom stages. No plugin is asked: none knows the seed.
   *
   * @returns also the key there by the key here
   */
  forSeed(seed: number): { context: TrialContext; keys: ReadonlyMap<string, string> } {
    const context = new TrialContext({ ...this.setting, axes: { ...this.setting.axes, seed } });
    return { context, keys: context.graph.addAllOf(this.graph) };
  }

  addWeights(id: string, entry: WeightsEntry): Weights {
    this.weights.set(id, entry);
    return { type: 'weights', id };
  }

  /** @throws RethinkError `PLAN_REQUEST` for a handle that is not of this trial */
  weightsOf(handle: Weights, argument: string): WeightsEntry {
    const entry = this.weights.get(handle?.id);
    if (entry !== undefined) return entry;
    throw requestError(argument, 'must be weights returned by a stage of this trial');
  }

  /** @throws RethinkError `PLAN_NOT_A_DETECTOR` for weights without a head for the labelled data */
  detectorOf(handle: TrainedDetector, argument: string): WeightsEntry & { readonly stage: string } {
    const { stage, ...entry } = this.weightsOf(handle, argument);
    if (stage !== undefined && entry.heads.includes('labelled')) return { ...entry, stage };
    throw new RethinkError(
      'PLAN_NOT_A_DETECTOR',
      `"${argument}" must be a detector, but these weights were never trained on labelled detection data.`,
      { hint: 'Train on data.labelled first.' },
    );
  }

  addAugmentation(use: PlannedAugmentation): AugmentationHandle {
    const id = JSON.stringify([use.use.name, use.use.options]);
    this.augmentations.set(id, use);
    return { type: 'augmentation', id, strength: use.strength };
  }

  /** @throws RethinkError `PLAN_REQUEST` for a handle that is not of this trial */
  augmentationOf(handle: AugmentationHandle): PlannedAugmentation['use'] {
    const augmentation = this.augmentations.get(handle?.id);
    if (augmentation !== undefined) return augmentation.use;
    throw requestError('augmentation', 'must be that of the context or returned by stages.augmentation()');
  }
}
