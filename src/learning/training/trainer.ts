import type { TrainerParameters } from '../../core/plan/stage';
import {
  createRandom,
  type Logger,
  type NamedArrays,
  RethinkError,
  type RgbImage,
  type Sample,
  type SampleObject,
  type Trainer,
} from '../../contract';
import type { FlopCount } from '../tensor/flops/flops';
import { featureGrid, generateAnchors } from '../detector/anchors';
import { describeParameters, pixelScaling } from '../detector/architecture';
import { forward } from '../detector/network';
import { drawWeights, fitWeights, toFile } from '../detector/weights';
import {
  createState,
  hostTensor,
  hostZeros,
  type HostTensor,
  type State,
  type Step,
  type tf,
} from '../tensor';
import { branchMask } from './drop-branches';
import { createDecoder, rawDetections } from './inference';
import { scalingTables, writeDetectionTargets, writeImage } from './input/write-inputs';
import { learningRateAt } from './learning-rate';
import { loadTrainerPoint, saveTrainerPoint, type TrainerProgress } from './trainer-resume';
import { createStepRunner, type StepRunner } from './step/step-runner';
import { trainableNames, trainingState } from './step/train-step';
import { averageDecay, averageName } from './step/weight-average';
import type { TrainedHead } from './weights-file';
import type { TrainingSetUp } from './step/training-set-up';

export interface TrainerSetting {
  readonly parameters: TrainerParameters;
  readonly seed: number;
  readonly stageKey: string;
  readonly resumeFolder: string;
  readonly from?: NamedArrays;
  /** Of the labelled data. */
  readonly labels: TrainedHead['labels'];
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly saveEverySeconds?: number;
}

/** What the trainer has computed so far, earlier attempts included. */
export interface TrainerCost {
  readonly flops: number;
  readonly flopsByPhase: Readonly<Record<string, number>>;
  readonly unknownKernels: readonly string[];
  readonly deviceSeconds: number;
  readonly imagesSeen: number;
}

/** A loss that many times the first one (or 1, if that was smaller) is no training any more. */
const explosion = 1e4;
const SAVE_EVERY_SECONDS = 15;

/**
 * A detector for a stage of a plugin's own: training steps and detections on one state, compiled as those of the host's
 * stages are, metered, and saved so that a stopped stage goes on.
 */
export class HostTrainer implements Trainer {
  readonly size: number;
  readonly totalSteps: number;
  readonly images: readonly number[];
  readonly head: TrainedHead;
  private readonly anchors: Float32Array;
  private readonly scaling: ReturnType<typeof scalingTables>;
  private readonly decode: ReturnType<typeof createDecoder>;
  private readonly detectors: Readonly<Record<'last' | 'average', Step | undefined>>;
  private readonly runner: StepRunner;
  private costs?: { readonly step: FlopCount; readonly detect: FlopCount };
  private lastSave = performance.now();
  private readonly earlierSeconds: number;

  private constructor(
    private readonly setting: TrainerSetting,
    private readonly setUp: TrainingSetUp,
    private readonly state: State,
    private progress: TrainerProgress,
  ) {
    const { detector: spec, schedule } = setting.parameters;
    const { mean, deviation } = pixelScaling(spec);
    this.earlierSeconds = progress.wallSeconds;
    this.size = spec.size;
    this.totalSteps = schedule.steps;
    this.images = setUp.parts.map((part) => part.images);
    this.head = headOf(setting);
    this.anchors = generateAnchors(spec, featureGrid(spec, spec.size, spec.size));
    this.scaling = scalingTables(mean, deviation);
    this.decode = createDecoder({ spec, head: this.head });
    this.runner = createStepRunner(state, setUp, schedule.steps - progress.step);
    this.detectors = {
      last: state.createStep(this.detectStep((name) => name)),
      average:
        schedule.weightAverage === undefined
          ? undefined
          : state.createStep(this.detectStep(this.averagedName(), 'average')),
    };
  }

  static async create(setting: TrainerSetting): Promise<HostTrainer> {
    const { parameters: request, seed, stageKey, resumeFolder, from, logger } = setting;
    const { detector: spec, schedule, batches } = request;
    const head = headOf(setting);
    const parameters = describeParameters(spec, [head]);
    const setUp: TrainingSetUp = {
      spec,
      // One pass: a plugin's batches need not be divisible.
      schedule: { ...schedule, microBatch: undefined },
      parts: batches.map(({ share, weight, soft }) => ({
        head,
        images: Math.max(1, Math.round(schedule.batch * share)),
        weight,
        soft,
      })),
      parameters,
    };
    const found = await loadTrainerPoint(resumeFolder, stageKey, logger);
    const drawn = drawWeights(parameters, createRandom(`initialisation/${seed}`));
    const taken = from === undefined ? {} : fitWeights(parameters, from).taken;
    const state = createState(found?.state ?? trainingState(setUp, { ...drawn, ...taken }));
    const progress = found?.progress ?? { step: 0, detected: 0, deviceSeconds: 0, wallSeconds: 0 };
    return new HostTrainer(setting, setUp, state, progress);
  }

  get steps(): number {
    return this.progress.step;
  }

  /** Wall seconds of the earlier attempts that this one went on from. */
  get resumedSeconds(): number {
    return this.earlierSeconds;
  }

  async step(batches: Parameters<Trainer['step']>[0]): Promise<Record<string, number>> {
    const { schedule } = this.setUp;
    const { step } = this.progress;
    if (step >= schedule.steps) {
      throw new RethinkError('TRAINER_STEPS', `the trainer has done all of its ${schedule.steps} steps`, {
        hint: 'ask for more by trainer.schedule.steps, or loop while trainer.steps < trainer.totalSteps',
      });
    }
    const inputs = this.inputsOf(batches, step);
    await this.compile(inputs);
    const start = performance.now();
    const figures = await this.runner.run(inputs, false);
    const { firstLoss = figures['loss']! } = this.progress;
    this.progress = {
      ...this.progress,
      step: step + 1,
      firstLoss,
      deviceSeconds: this.progress.deviceSeconds + (performance.now() - start) / 1000,
    };
    if (!(Math.abs(figures['loss']!) <= explosion * Math.max(1, firstLoss))) {
      throw new RethinkError(
        'DIVERGED',
        `Training diverged at step ${step + 1}: the loss is ${figures['loss']}.`,
        {
          hint: 'Lower the learning rate of the trainer’s schedule.',
        },
      );
    }
    await this.saveIfDue();
    return figures;
  }

  async detect(images: readonly RgbImage[], weights: 'last' | 'average' = 'last'): Promise<SampleObject[][]> {
    const detector = this.detectors[weights];
    if (detector === undefined) throw noAverage();
    const { size } = this;
    const imageCount = this.detectedAtOnce;
    const results: SampleObject[][] = [];
    await this.compile();
    for (let first = 0; first < images.length; first += imageCount) {
      const part = images.slice(first, first + imageCount);
      const values = new Float32Array(imageCount * size * size * 3);
      part.forEach((image, i) => {
        this.checkImage(image);
        writeImage(this.scaling, image, size, values, i * size * size * 3);
      });
      const start = performance.now();
      const outputs = await detector.run({ images: hostTensor(values, [imageCount, size, size, 3]) });
      this.progress = {
        ...this.progress,
        detected: this.progress.detected + 1,
        deviceSeconds: this.progress.deviceSeconds + (performance.now() - start) / 1000,
      };
      part.forEach((image, i) => results.push(toObjects(this.decode(outputs, i, image), image)));
    }
    return results;
  }

  async weights(which: 'last' | 'average' = 'last'): Promise<NamedArrays> {
    const { parameters, schedule } = this.setUp;
    if (which === 'average' && schedule.weightAverage === undefined) throw noAverage();
    const nameOf = which === 'average' ? this.averagedName() : (name: string) => name;
    const names = parameters.map(({ name }) => name);
    const values = await this.state.read(names.map(nameOf));
    return toFile(parameters, Object.fromEntries(names.map((name) => [name, values[nameOf(name)]!])));
  }

  get cost(): TrainerCost {
    const { step: trained, detected, deviceSeconds } = this.progress;
    const training = (this.costs?.step.flops ?? 0) * trained;
    const inference = (this.costs?.detect.flops ?? 0) * detected;
    const imageCount = this.setUp.parts.reduce((sum, part) => sum + part.images, 0);
    return {
      flops: training + inference,
      flopsByPhase: {
        ...scaled(this.costs?.step.byPhase ?? {}, trained),
        ...(inference > 0 && { inference }),
      },
      unknownKernels: [...(this.costs?.step.unknown ?? []), ...(this.costs?.detect.unknown ?? [])],
      deviceSeconds,
      imagesSeen: imageCount * trained + this.detectedAtOnce * detected,
    };
  }

  dispose(): void {
    this.state.dispose();
  }

  private get detectedAtOnce(): number {
    return this.setUp.parts.at(-1)!.images;
  }

  /** All steps before the first of them runs: a new trace means a new session. */
  private async compile(
    inputs = this.inputsOf(
      this.setUp.parts.map(() => undefined),
      this.progress.step,
    ),
  ): Promise<void> {
    if (this.costs !== undefined) return;
    const step = await this.runner.compile(inputs);
    const { size, detectedAtOnce } = this;
    const images = hostZeros([detectedAtOnce, size, size, 3]);
    const detect = await this.detectors.last!.flops({ images });
    await this.detectors.average?.flops({ images });
    this.costs = { step, detect };
  }

  private detectStep(nameOf: (name: string) => string, name = 'last') {
    const { spec, parameters } = this.setUp;
    return {
      name: `detect-${name}`,
      run: (context: Parameters<Parameters<State['createStep']>[0]['run']>[0]) => {
        const weights = Object.fromEntries(parameters.map((p) => [p.name, context.get(nameOf(p.name))]));
        const images = context.inputs['images'] as tf.Tensor4D;
        const groups = [{ head: this.head, images: this.detectedAtOnce }];
        const [output] = forward({ parameters: weights, training: false }, images, groups, spec);
        return rawDetections.select(output!);
      },
    };
  }

  private averagedName(): (name: string) => string {
    const averaged = new Set(trainableNames(this.setUp));
    return (name) => (averaged.has(name) ? averageName(name) : name);
  }

  private inputsOf(batches: readonly ({ readonly samples: readonly Sample[] } | undefined)[], step: number) {
    const { parts, schedule, spec } = this.setUp;
    if (batches.length !== parts.length) {
      throw new RethinkError('TRAINER_BATCH', `a step has ${parts.length} batches, got ${batches.length}`);
    }
    const { size, anchors } = this;
    const count = anchors.length / 4;
    const total = parts.reduce((sum, { images: imageCount }) => sum + imageCount, 0);
    const images = new Float32Array(total * size * size * 3);
    const inputs: Record<string, HostTensor | number> = {
      images: hostTensor(images, [total, size, size, 3]),
      learningRate: learningRateAt(schedule, step),
      updateNumber: step + 1,
    };
    if (schedule.weightAverage !== undefined)
      inputs['averageDecay'] = averageDecay(schedule.weightAverage, step);
    const branches = branchMask(spec, total, this.setting.seed, step);
    if (branches !== undefined) inputs['branches'] = branches;
    let place = 0;
    parts.forEach(({ images: imageCount, soft }, i) => {
      const classes = new Int32Array(imageCount * count);
      const boxes = new Float32Array(imageCount * count * 4);
      const scores = soft === true ? new Float32Array(imageCount * count) : undefined;
      const samples = batches[i]?.samples;
      if (samples !== undefined) {
        if (samples.length !== imageCount) {
          throw new RethinkError(
            'TRAINER_BATCH',
            `batch ${i} has ${imageCount} images a step, got ${samples.length}`,
            {
              hint: 'its `share` in the request is a multiple of the benchmark’s batch',
            },
          );
        }
        for (const { image } of samples) {
          this.checkImage(image);
          writeImage(this.scaling, image, size, images, place++ * size * size * 3);
        }
        writeDetectionTargets(samples, anchors, spec.matching, classes, boxes, 0, scores);
      }
      inputs[`classTargets.${i}`] = hostTensor(classes, [imageCount, count]);
      inputs[`boxTargets.${i}`] = hostTensor(boxes, [imageCount, count, 4]);
      if (scores !== undefined) inputs[`scores.${i}`] = hostTensor(scores, [imageCount, count]);
    });
    return inputs;
  }

  private checkImage({ width, height }: RgbImage): void {
    if (width <= this.size && height <= this.size) return;
    throw new RethinkError(
      'TRAINER_BATCH',
      `an image of ${width} × ${height} pixels is larger than the input of ${this.size} × ${this.size}`,
      { hint: 'fit() of the contract, or StageData.augment, makes it fit' },
    );
  }

  private async saveIfDue(): Promise<void> {
    const { signal, saveEverySeconds = SAVE_EVERY_SECONDS } = this.setting;
    const isLast = this.progress.step >= this.totalSteps;
    const due = (performance.now() - this.lastSave) / 1000 >= saveEverySeconds;
    if (isLast || !(signal.aborted || due)) return;
    const progress = { ...this.progress, wallSeconds: this.earlierSeconds + process.uptime() };
    await saveTrainerPoint(
      this.setting.resumeFolder,
      this.setting.stageKey,
      await this.state.read(),
      progress,
    );
    this.lastSave = performance.now();
    if (!signal.aborted) return;
    throw new RethinkError('CANCELLED', `stopped after ${progress.step} of ${this.totalSteps} steps`);
  }
}

function headOf({ parameters, labels }: TrainerSetting): TrainedHead {
  return { name: 'labelled', type: 'detection', categories: parameters.categories, labels };
}

function noAverage(): RethinkError {
  return new RethinkError('TRAINER_AVERAGE', 'the trainer keeps no moving average', {
    hint: 'ask for one in the request: trainer: { average: 0.99, … }',
  });
}

function toObjects(
  { boxes, scores, classes }: ReturnType<ReturnType<typeof createDecoder>>,
  { width, height }: RgbImage,
): SampleObject[] {
  return Array.from(scores, (score, row) => ({
    xMin: Math.max(0, boxes[4 * row + 1]!),
    yMin: Math.max(0, boxes[4 * row]!),
    xMax: Math.min(width, boxes[4 * row + 3]!),
    yMax: Math.min(height, boxes[4 * row + 2]!),
    category: classes[row]!,
    score,
  })).filter(({ xMin, yMin, xMax, yMax }) => xMax > xMin && yMax > yMin);
}

function scaled(counts: Readonly<Record<string, number>>, times: number): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count * times]));
}
