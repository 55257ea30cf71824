import {
  type AugmentationHandle,
  type AugmentationPlugin,
  type CheckpointRequest,
  type ContrastRequest,
  type CustomOutput,
  type CustomStageRequest,
  type DataByRole,
  type DataHandle,
  type DataRole,
  dataRoles,
  type DataShare,
  type PlanSchedule,
  type PseudoClassRequest,
  type PseudoLabelRequest,
  RethinkError,
  type ScheduleChange,
  type Stages,
  type TrainedDetector,
  type TrainerRequest,
  type TrainRequest,
  type Weights,
} from '../../contract';
import { fractionSize } from '../../learning/dataset/select';
import { type DetectorSpec, forInference, forTraining } from '../../core/plan/detector-spec';
import { parseDeclaredCost } from '../../learning/training/checkpoint/declared-cost';
import type { CheckpointIdentity } from '../../learning/training/checkpoint/identity';
import { scheduleSpec } from '../../core/plan/schedule';
import type { PlannedCheckpoint, TrialAxes } from '../../core/plan/plan';
import type { Interner } from '../../core/plan/interner';
import type { Benchmark } from '../benchmark/spec';
import {
  type CustomDataUse,
  type CustomParameters,
  type DataSelection,
  type PseudoLabelParameters,
  type PlannedStage,
  type PluginUse,
  type ProbeParameters,
  RESERVED,
  roleOf,
  type StageWork,
  type TrainerParameters,
  type TrainingDataUse,
} from '../../core/plan/stage';
import { type EngineIdentity, stageKey } from './stage-key';

/** What a plan must know of the data of a role. */
export interface PlanData {
  readonly digest: string;
  readonly size: number;
  readonly categories: number;
}
export type PlanDataByRole = Readonly<Partial<Record<DataRole | 'validation', PlanData>>>;

export interface AugmentationUse {
  readonly use: PluginUse;
  readonly strength: number;
}

interface WeightsFact {
  /** Absent for weights drawn from the seed. */
  readonly stage?: string;
  readonly heads: readonly string[];
  /** Training stages between this and random weights; keeps a student from repeating its teacher's draws. */
  readonly depth: number;
}

interface DataFact {
  readonly selection: DataSelection;
  readonly head: {
    readonly name: string;
    readonly type: 'detection' | 'classification';
    readonly categories: number;
  };
  readonly pseudoStage?: string;
}

export interface TrialSetting {
  readonly benchmark: Benchmark;
  readonly axes: TrialAxes;
  readonly data: PlanDataByRole;
  readonly engine: EngineIdentity;
  readonly augmentation: AugmentationUse;
  findAugmentation(name: string, options: Readonly<Record<string, unknown>>): AugmentationUse;
  /** What a source of weights holds. @throws when that is not known */
  checkpoint(source: string): CheckpointIdentity;
  /** The plugin that plans at the moment; stages of its own carry its code. */
  planning: PluginUse;
  /** Of all trials of the plan. */
  readonly parts: Interner;
}

const TRAINER_INPUT = `${RESERVED}trainer`;

/** Seeds of a trial's training stages lie in a block of their own: a chain of stages is shorter than this. */
const SEEDS_PER_TRIAL = 1000;

/** Images that a probe looks at, at most, of those trained on and of those held out. */
const MOST_PROBED = 20_000;
/** Side of a linear probe's images where no pre-training of ours decides it: what ImageNet checkpoints are measured at. */
const PROBED_SIZE = 224;

/** Takes down what the plugins of one trial ask for. Nothing runs here. */
export class TrialPlanner implements Stages {
  readonly stages = new Map<string, PlannedStage>();
  /** The code of the plugin's own stages, by stage key. */
  readonly customRuns = new Map<string, CustomStageRequest['run']>();
  /** Of the stages that draw, by stage key. */
  private readonly depths = new Map<string, number>();
  private readonly weights = new Map<string, WeightsFact>();
  private readonly dataFacts = new Map<string, DataFact>();
  private readonly augmentations = new Map<string, AugmentationUse>();

  constructor(private readonly setting: TrialSetting) {}

  get augmentationHandle(): AugmentationHandle {
    return this.addAugmentation(this.setting.augmentation);
  }

  get schedule(): PlanSchedule {
    const { steps, batch, learningRate, warmupSteps } = this.setting.benchmark.schedule;
    return { steps, batch, learningRate, warmupSteps, size: this.setting.benchmark.detector.size };
  }

  get data(): DataByRole {
    const handles = {
      has: (role: DataRole) =>
        this.poolIsRest(role) ? this.restSize > 0 : this.setting.data[role] !== undefined,
    };
    for (const role of dataRoles)
      Object.defineProperty(handles, role, { get: () => this.dataOf(role), enumerable: true });
    return handles as DataByRole;
  }

  random(): Weights {
    return this.addWeights('random', { heads: [], depth: 0 });
  }

  augmentation(name: string, options: Readonly<Record<string, unknown>> = {}): AugmentationHandle {
    return this.addAugmentation(this.setting.findAugmentation(name, options));
  }

  checkpoint(request: CheckpointRequest): Weights {
    const parameters = {
      ...this.setting.checkpoint(request.source),
      source: request.source,
      layout: request.layout,
      cost: parseDeclaredCost(request.cost),
      detector: this.detectorForTraining(),
    };
    const key = this.addStage(
      { kind: 'checkpoint', parameters },
      request.label ?? 'checkpoint',
      undefined,
      {},
    );
    return this.addWeights(key, { stage: key, heads: [], depth: 0 });
  }

  train(request: TrainRequest): TrainedDetector {
    const from = this.weightsOf(request.from, 'from');
    if (request.data.length === 0) throw planError('train() wants at least one data set', 'data');
    const inputs: Record<string, string> = {};
    if (from.stage !== undefined) inputs['from'] = from.stage;
    const data = request.data.map((item, index) => this.trainingUse(item, index, inputs));
    const normalise = request.normaliseLosses ?? false;
    const { detector, schedule } = this.changed(request.schedule);
    const work: StageWork = {
      kind: 'train',
      parameters: {
        detector,
        schedule,
        data,
        augmentation:
          request.augmentation === undefined ? undefined : this.augmentationOf(request.augmentation).use,
        normaliseLosses:
          normalise === false
            ? undefined
            : { alpha: 1, decay: 0.99, ...(normalise === true ? {} : normalise) },
        from: from.stage === undefined ? undefined : 'from',
      },
    };
    if (data.length > 1 && data.some(({ head }) => head.queue !== undefined)) {
      throw planError('contrast with a queue is the only data of its training', 'data');
    }
    const depth = from.depth + 1;
    const key = this.addStage(work, request.label ?? 'train', depth, inputs);
    const heads = [...new Set([...data.map((use) => use.head.name), ...from.heads])];
    return { ...this.addWeights(key, { stage: key, heads, depth }), detects: true };
  }

  pseudoLabel(request: PseudoLabelRequest): DataHandle {
    const { stage, depth } = this.detector(request.detector, 'pseudoLabel()');
    const images = this.dataFactOf(request.images);
    const { ignoreThreshold } = request;
    const scoreThreshold = this.thresholdOf(request.scoreThreshold);
    const highest = typeof scoreThreshold === 'number' ? scoreThreshold : 1;
    if (ignoreThreshold !== undefined && !(ignoreThreshold > 0 && ignoreThreshold <= highest)) {
      throw planError(
        'the threshold for ignored regions lies above 0 and at most at the score threshold',
        'ignoreThreshold',
      );
    }
    const detector = this.detectorForInference();
    const key = this.addStage(
      {
        kind: 'pseudo-label',
        parameters: {
          detector,
          images: images.selection,
          head: 'labelled',
          scoreThreshold,
          ignoreThreshold,
          from: 'from',
        },
      },
      request.label ?? 'pseudo-label',
      depth,
      { from: stage },
    );
    const head = {
      name: 'labelled',
      type: 'detection' as const,
      categories: this.roleData('labelled').categories,
    };
    this.dataFacts.set(key, { selection: images.selection, head, pseudoStage: key });
    return { type: 'data', role: 'pseudo', id: key, size: request.images.size };
  }

  holdOut(data: DataHandle, share: number): { kept: DataHandle; heldOut: DataHandle } {
    const fact = this.dataFactOf(data);
    const { role, fraction, rest, after } = fact.selection;
    if (fact.pseudoStage !== undefined || role === 'unlabelled' || rest === true || after !== undefined) {
      throw planError('wants labelled data, whole', 'data');
    }
    if (!(share > 0 && share < 1)) {
      throw planError(`a share to hold out lies between 0 and 1, got ${share}`, 'share');
    }
    const { size } = this.roleData(role);
    const smaller = fraction * (1 - share);
    const keptSize = fractionSize(size, smaller);
    if (keptSize === data.size) {
      throw planError(`${share} of ${data.size} images is not one that could be held out`, 'share');
    }
    const add = (id: string, selection: DataSelection, size: number): DataHandle => {
      this.dataFacts.set(id, { ...fact, selection });
      return { type: 'data', role, id, size } as DataHandle;
    };
    const kept = this.selectionOf(role, smaller);
    const heldOut = { ...kept, fraction, after: smaller };
    return {
      kept: add(`${data.id} to ${smaller}`, kept, keptSize),
      heldOut: add(`${data.id} from ${smaller}`, heldOut, data.size - keptSize),
    };
  }

  private thresholdOf(given: PseudoLabelRequest['scoreThreshold']): PseudoLabelParameters['scoreThreshold'] {
    if (typeof given !== 'object') return checkedThreshold(given);
    const { precision } = given;
    if (precision !== undefined && !(precision > 0 && precision <= 1)) {
      throw planError(`a precision lies in (0, 1], got ${precision}`, 'scoreThreshold.precision');
    }
    const { selection, pseudoStage } = this.dataFactOf(given.heldOut);
    if (pseudoStage !== undefined || roleOf(selection) !== 'labelled') {
      throw planError('wants labelled images that holdOut() held out', 'scoreThreshold.heldOut');
    }
    return { images: selection, precision };
  }

  pseudoClass(request: PseudoClassRequest): DataHandle {
    const { stage, heads, depth } = this.weightsOf(request.classifier, 'classifier');
    if (stage === undefined || !heads.includes('classification')) {
      throw planError('wants weights that were trained on the classification data', 'classifier');
    }
    const { selection } = this.dataFactOf(request.images);
    const scoreThreshold = checkedThreshold(request.scoreThreshold);
    const { categories } = this.roleData('classification');
    const head = { name: 'classification', type: 'classification' as const, categories };
    const { detector } = this.changed({ size: request.size });
    const key = this.addStage(
      {
        kind: 'pseudo-class',
        parameters: { detector, images: selection, head: head.name, scoreThreshold, from: 'from' },
      },
      request.label ?? 'pseudo-class',
      depth,
      { from: stage },
    );
    this.dataFacts.set(key, { selection, head, pseudoStage: key });
    return { type: 'data', role: 'pseudo', id: key, size: request.images.size };
  }

  custom(name: string, request: CustomStageRequest): CustomOutput {
    const inputs: Record<string, string> = {};
    let depth = 0;
    let heads: readonly string[] = [];
    const take = (input: string, weights: Weights, argument: string): string | undefined => {
      const fact = this.weightsOf(weights, argument);
      depth = Math.max(depth, fact.depth);
      heads = [...heads, ...fact.heads];
      if (fact.stage === undefined) return undefined;
      inputs[input] = fact.stage;
      return input;
    };
    for (const [input, weights] of Object.entries(request.inputs ?? {})) {
      if (input.startsWith(RESERVED))
        throw planError(`a name begins with no "${RESERVED}"`, `inputs.${input}`);
      take(input, weights, `inputs.${input}`);
    }
    const from = request.trainer && take(TRAINER_INPUT, request.trainer.from, 'trainer.from');
    const parameters: CustomParameters = {
      plugin: this.setting.planning,
      name,
      parameters: request.parameters ?? {},
      ...(request.data && {
        data: this.customData(request.data, inputs),
        size: request.trainer?.schedule?.size ?? this.setting.benchmark.detector.size,
      }),
      ...(request.augmentation && { augmentation: this.augmentationOf(request.augmentation).use }),
      ...(request.trainer && { trainer: this.trainerOf(request.trainer, from) }),
    };
    if (request.trainer !== undefined) heads = [...heads, 'labelled'];
    const key = this.addStage({ kind: 'custom', parameters }, name, depth + 1, inputs);
    this.customRuns.set(key, (context) => request.run(context));
    const weights = this.addWeights(key, { stage: key, heads, depth: depth + 1 });
    return { type: 'custom', id: key, weights, detector: { ...weights, detects: true } };
  }

  private customData(
    data: NonNullable<CustomStageRequest['data']>,
    inputs: Record<string, string>,
  ): NonNullable<CustomParameters['data']> {
    return Object.fromEntries(
      Object.entries(data).map(([name, handle]): [string, CustomDataUse] => {
        const { selection, pseudoStage } = this.dataFactOf(handle);
        if (pseudoStage === undefined) return [name, { selection }];
        const pseudoLabels = `${RESERVED}pseudo:${name}`;
        inputs[pseudoLabels] = pseudoStage;
        return [name, { selection, pseudoLabels }];
      }),
    );
  }

  private trainerOf(
    { schedule: change, batches, average }: TrainerRequest,
    from: string | undefined,
  ): TrainerParameters {
    const { detector, schedule } = this.changed(change);
    if (batches.length === 0) throw planError('a trainer wants at least one batch', 'trainer.batches');
    if (average !== undefined && !(average > 0 && average < 1)) {
      throw planError(`a moving average keeps a share between 0 and 1, got ${average}`, 'trainer.average');
    }
    const { categories } = this.roleData('labelled');
    return {
      detector,
      schedule: { ...schedule, ...(average !== undefined && { weightAverage: average }) },
      categories,
      batches: batches.map(({ share = 1, weight = 1, soft }, index) => {
        const where = `trainer.batches[${index}]`;
        if (!(share > 0)) throw planError(`a share is above 0, got ${share}`, where);
        if (!(weight >= 0)) throw planError(`a weight is not negative, got ${weight}`, where);
        return { share, weight, ...(soft === true && { soft }) };
      }),
      ...(from !== undefined && { from }),
    };
  }

  /**
   * Adds the host's own last stages: detections on the validation set, and their evaluation.
   *
   * @throws RethinkError `PLAN_NOT_A_DETECTOR` when the weights have no head for the labelled data
   */
  score(detector: TrainedDetector): { detectKey: string; evaluateKey: string } {
    return this.scoreStage(this.detector(detector, 'the strategy').stage);
  }

  /**
   * Adds detections and evaluation at evenly spaced steps of every training of a detector that a trial rests on. Keys
   * follow from the training stage and the step, so that trials which share a training share its points.
   *
   * @param count how many, the end included
   * @param evaluateKey of the trial
   */
  planCheckpoints(count: number, evaluateKey: string): PlannedCheckpoint[] {
    if (count === 1) return [];
    return this.lineage(evaluateKey).flatMap((key): PlannedCheckpoint[] => {
      const stage = this.stages.get(key)!;
      if (stage.kind !== 'train' || !stage.parameters.data.some(({ head }) => head.name === 'labelled'))
        return [];
      const { steps } = stage.parameters.schedule;
      const checkpointSteps = checkpointStepsOf(steps, count);
      this.stages.set(key, { ...stage, checkpointSteps });
      return [
        ...checkpointSteps.map((step) => ({ training: key, step, steps, ...this.scoreStage(key, step) })),
        { training: key, step: steps, steps, ...this.scoreStage(key) },
      ];
    });
  }

  /**
   * Adds the measurement of pre-trained weights in their own task, on images that no stage trains on: by their own
   * classifier or detector where they have one, else by a linear classifier on the backbone's features.
   *
   * @returns the stage's key; undefined for weights that were not pre-trained, or without images to measure on
   */
  probe(init: Weights): string | undefined {
    const from = this.weightsOf(init, 'init').stage;
    if (from === undefined) return undefined;
    const { measure, role, detector, head } = this.ownTask(this.stages.get(from)!);
    const data = this.setting.data[role];
    if (data === undefined || fractionSize(data.size, this.fractionOf(role)) === data.size) return undefined;
    const images = this.dataFactOf(this.dataOf(role)).selection;
    const parameters = { measure, detector, images, most: MOST_PROBED, head, from: 'from' };
    return this.addStage({ kind: 'probe', parameters }, 'probe', undefined, { from });
  }

  private ownTask(
    stage: PlannedStage,
  ): Pick<ProbeParameters, 'measure' | 'detector' | 'head'> & { role: DataRole } {
    const trained = stage.kind === 'train' ? stage.parameters : undefined;
    const has = (role: DataRole) => trained?.data.some(({ head }) => head.name === role) === true;
    const size = trained?.detector.size ?? Math.min(PROBED_SIZE, this.setting.benchmark.detector.size);
    if (has('otherDetection')) {
      const detector = { ...forInference(this.setting.benchmark.detector), size };
      return { measure: 'AP', role: 'otherDetection', detector, head: 'otherDetection' };
    }
    const detector = { ...forTraining(this.setting.benchmark.detector), size };
    return has('classification')
      ? { measure: 'top-1', role: 'classification', detector, head: 'classification' }
      : { measure: 'linear-probe', role: 'classification', detector };
  }

  private scoreStage(stage: string, step?: number): { detectKey: string; evaluateKey: string } {
    const images = this.selectionOf('validation', 1);
    const detectKey = this.addStage(
      {
        kind: 'detect',
        parameters: {
          detector: this.detectorForInference(),
          images,
          head: 'labelled',
          from: 'from',
          step,
        },
      },
      step === undefined ? 'detect' : `detect at ${step}`,
      undefined,
      { from: stage },
    );
    const evaluateKey = this.addStage(
      { kind: 'evaluate', parameters: { truth: images, detections: 'detections' } },
      step === undefined ? 'evaluate' : `evaluate at ${step}`,
      undefined,
      { detections: detectKey },
    );
    return { detectKey, evaluateKey };
  }

  /** What a training on the labelled data alone would be, without planning it. */
  supervised(change: ScheduleChange): Extract<StageWork, { kind: 'train' }>['parameters'] {
    return { ...this.changed(change), data: [this.trainingUse(this.dataOf('labelled'), 0, {})] };
  }

  /** Images of a role's data set. */
  images(role: DataSelection['role']): number | undefined {
    return this.setting.data[role]?.size;
  }

  /**
   * The same stages for another seed, without stages of plugins' own. No plugin is asked: none is told the seed.
   *
   * @returns besides, the key there by the key here
   */
  forSeed(seed: number): { planner: TrialPlanner; keys: ReadonlyMap<string, string> } {
    const planner = new TrialPlanner({ ...this.setting, axes: { ...this.setting.axes, seed } });
    const keys = new Map<string, string>();
    for (const stage of this.stages.values()) {
      const inputs: Record<string, string> = {};
      for (const [name, parent] of Object.entries(stage.inputs)) inputs[name] = keys.get(parent)!;
      keys.set(stage.key, planner.addStage(stage, stage.label, this.depths.get(stage.key), inputs));
    }
    return { planner, keys };
  }

  /** Keys of the stages that a stage rests on, parents first, the stage itself last. */
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

  private seedAt(depth: number): number {
    return this.setting.axes.seed * SEEDS_PER_TRIAL + depth;
  }

  /** @param depth of a stage that draws, see `WeightsFact`; undefined for one that does not */
  private addStage(
    given: StageWork,
    label: string,
    depth: number | undefined,
    inputs: Record<string, string>,
  ): string {
    const work = this.sharedWork(given);
    const seed = depth === undefined ? 0 : this.seedAt(depth);
    const key = stageKey(work, seed, inputs, this.setting.engine);
    if (!this.stages.has(key)) {
      const { kind, parameters } = work;
      const timeLimitSeconds = this.setting.benchmark.limits.stageMinutes * 60;
      const stage = { kind, parameters, key, label, seed, inputs, timeLimitSeconds } as PlannedStage;
      this.stages.set(key, stage);
      if (depth !== undefined) this.depths.set(key, depth);
    }
    return key;
  }

  /** Trials that differ in their seeds alone have stages with equal parameters. */
  private sharedWork(work: StageWork): StageWork {
    // A plugin may do what it likes to the parameters of its own stages.
    if (work.kind === 'custom') return work;
    return { kind: work.kind, parameters: this.setting.parts.equal(work.parameters) } as StageWork;
  }

  private addWeights(id: string, fact: WeightsFact): Weights {
    this.weights.set(id, fact);
    return { type: 'weights', id };
  }

  private weightsOf(handle: Weights, argument: string): WeightsFact {
    const fact = this.weights.get(handle?.id);
    if (fact === undefined) throw planError('wants weights that a stage of this trial gives', argument);
    return fact;
  }

  private detector(handle: TrainedDetector, who: string): { stage: string; depth: number } {
    const fact = this.weightsOf(handle, 'detector');
    if (fact.stage === undefined || !fact.heads.includes('labelled')) {
      throw new RethinkError(
        'PLAN_NOT_A_DETECTOR',
        `${who} wants a detector, but these weights were never trained on labelled detection data`,
        { hint: 'train on data.labelled first' },
      );
    }
    return { stage: fact.stage, depth: fact.depth };
  }

  private addAugmentation(use: AugmentationUse): AugmentationHandle {
    const id = JSON.stringify([use.use.name, use.use.options]);
    this.augmentations.set(id, use);
    return { type: 'augmentation', id, strength: use.strength };
  }

  private augmentationOf(handle: AugmentationHandle): AugmentationUse {
    const use = this.augmentations.get(handle?.id);
    if (use === undefined)
      throw planError(
        'wants the augmentation of the context, or one of stages.augmentation()',
        'augmentation',
      );
    return use;
  }

  private roleData(role: DataRole | 'validation'): PlanData {
    const data = this.setting.data[role];
    if (data !== undefined) return data;
    throw new RethinkError('DATA_ROLE_MISSING', `needs ${role} data, and the benchmark has none`, {
      location: { path: 'dataset' },
      hint: `name data for the role "${role}" in the benchmark file`,
    });
  }

  private selectionOf(role: DataRole | 'validation', fraction: number): DataSelection {
    const datasetDigest = this.roleData(role).digest;
    const { splitSeed, stratified } = this.setting.benchmark;
    return this.setting.parts.once(`selection ${role} ${fraction}`, () => ({
      role,
      datasetDigest,
      fraction,
      splitSeed,
      ...(stratified && fraction < 1 && { stratified: true as const }),
    }));
  }

  private dataOf(role: DataRole): DataHandle {
    if (this.poolIsRest(role)) return this.restOfLabelled();
    const { size, categories } = this.roleData(role);
    const fraction = this.fractionOf(role);
    const type = role === 'classification' ? ('classification' as const) : ('detection' as const);
    // Images without labels have no head of their own; they can only be pseudo-labelled.
    this.dataFacts.set(role, {
      selection: this.selectionOf(role, fraction),
      head: { name: role, type, categories },
    });
    return { type: 'data', role, id: role, size: fractionSize(size, fraction) };
  }

  /** What of a role is trained on: the trial's share of the labels; pre-training leaves some images to be measured on. */
  private fractionOf(role: DataRole): number {
    if (role === 'labelled') return this.setting.axes.fraction;
    return role === 'classification' || role === 'otherDetection'
      ? 1 - this.setting.benchmark.evaluation.heldOut
      : 1;
  }

  private poolIsRest(role: DataRole): boolean {
    return role === 'unlabelled' && this.setting.benchmark.pool === 'rest';
  }

  /** How many labelled images are outside of the trial's fraction. */
  private get restSize(): number {
    const { size } = this.roleData('labelled');
    return size - fractionSize(size, this.setting.axes.fraction);
  }

  /** Labelled images outside of the trial's fraction, as a pool. */
  private restOfLabelled(): DataHandle {
    if (this.restSize === 0) {
      throw new RethinkError('DATA_ROLE_MISSING', 'needs unlabelled data, and no labelled image is left', {
        location: { path: 'pool' },
        hint: 'choose fractions below 1, or `pool: unlabelled` with data of that role',
      });
    }
    this.dataFacts.set('rest', {
      selection: { ...this.selectionOf('labelled', this.setting.axes.fraction), rest: true },
      head: { name: 'unlabelled', type: 'detection', categories: this.roleData('labelled').categories },
    });
    return { type: 'data', role: 'unlabelled', id: 'rest', size: this.restSize };
  }

  private dataFactOf(handle: DataHandle): DataFact {
    const fact = this.dataFacts.get(handle?.id);
    if (fact === undefined)
      throw planError('wants data of the context, or pseudo-labels of this trial', 'data');
    return fact;
  }

  private trainingUse(
    item: DataHandle | DataShare,
    index: number,
    inputs: Record<string, string>,
  ): TrainingDataUse {
    const share: DataShare = 'data' in item ? item : { data: item };
    const fact = this.dataFactOf(share.data);
    if (share.contrast !== undefined) {
      return {
        selection: fact.selection,
        head: contrastiveHead(roleOf(fact.selection), share.contrast, `data[${index}].contrast`),
        share: share.share ?? 1,
        weight: share.weight ?? 1,
      };
    }
    if (fact.pseudoStage === undefined && roleOf(fact.selection) === 'unlabelled') {
      throw planError(
        'unlabelled images have nothing to train on; make pseudo-labels first',
        `data[${index}]`,
      );
    }
    let pseudoLabels: string | undefined;
    if (fact.pseudoStage !== undefined) {
      pseudoLabels = `pseudo${index}`;
      inputs[pseudoLabels] = fact.pseudoStage;
    }
    return {
      selection: fact.selection,
      pseudoLabels,
      head: fact.head,
      share: share.share ?? 1,
      weight: share.weight ?? 1,
      ...(share.soft === true && { soft: softOf(fact, `data[${index}].soft`) }),
    };
  }

  private changed(change: ScheduleChange = {}): { detector: DetectorSpec; schedule: Benchmark['schedule'] } {
    const { size, ...rest } = change;
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    // Parts of the matrix may have schedules of their own.
    const wanted = { ...this.setting.benchmark.schedule, ...given };
    const schedule = this.setting.parts.once(`schedule ${JSON.stringify(wanted)}`, () => {
      const parsed = scheduleSpec.safeParse(wanted);
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0];
      throw planError(issue?.message ?? 'malformed', ['schedule', ...(issue?.path ?? [])].join('.'));
    });
    return { detector: this.detectorForTraining(size), schedule };
  }

  private detectorForTraining(size?: number): DetectorSpec {
    return this.setting.parts.once(`detector for training ${JSON.stringify(size)}`, () => {
      const detector = forTraining(this.setting.benchmark.detector);
      return structuredClone(size === undefined ? detector : { ...detector, size });
    });
  }

  private detectorForInference(): DetectorSpec {
    return this.setting.parts.once('detector for inference', () =>
      structuredClone(forInference(this.setting.benchmark.detector)),
    );
  }
}

function softOf({ head }: DataFact, argument: string): true {
  if (head.type === 'detection') return true;
  throw planError('only labels of detection count by their scores', argument);
}

function contrastiveHead(
  role: string,
  { temperature = 0.1, projection = 128, queue, momentum }: ContrastRequest,
  argument: string,
): TrainingDataUse['head'] {
  if (!(temperature > 0)) throw planError(`a temperature is above 0, got ${temperature}`, argument);
  if (!Number.isInteger(projection) || projection < 2) {
    throw planError(`a projection has 2 outputs or more, got ${projection}`, argument);
  }
  const head = {
    name: `${role}.contrast`,
    type: 'contrastive' as const,
    categories: projection,
    temperature,
  };
  if (queue === undefined) {
    if (momentum !== undefined) throw planError('a momentum wants a queue', argument);
    return head;
  }
  if (!Number.isInteger(queue) || queue < 1) {
    throw planError(`a queue holds a whole number of views, got ${queue}`, argument);
  }
  if (momentum !== undefined && !(momentum > 0 && momentum < 1)) {
    throw planError(`a momentum lies between 0 and 1, got ${momentum}`, argument);
  }
  return { ...head, queue, momentum: momentum ?? 0.99 };
}

/** Evenly spaced steps within a training, its end left out: fewer than asked for where it has few steps. */
function checkpointStepsOf(steps: number, points: number): number[] {
  const marks = Array.from({ length: points - 1 }, (_, index) => Math.round(((index + 1) * steps) / points));
  return [...new Set(marks)].filter((step) => step > 0 && step < steps);
}

function checkedThreshold(scoreThreshold: number): number {
  if (scoreThreshold > 0 && scoreThreshold <= 1) return scoreThreshold;
  throw planError(`a score threshold lies in (0, 1], got ${String(scoreThreshold)}`, 'scoreThreshold');
}

function planError(message: string, argument: string): RethinkError {
  return new RethinkError('PLAN_REQUEST', `${argument}: ${message}`);
}

export function augmentationUse(instance: AugmentationPlugin, use: PluginUse): AugmentationUse {
  if (!Number.isFinite(instance.strength)) {
    throw new RethinkError('PLUGIN_SHAPE', `augmentation "${use.name}" declares no strength`, {
      hint: 'give the class a number `strength`: 0 for none, the higher the stronger',
    });
  }
  return { use, strength: instance.strength };
}
