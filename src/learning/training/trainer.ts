import type { TrainerParameters } from '../../core/plan/stage';
import {
  type Logger,
  type NamedArrays,
  RethinkError,
  type RgbImage,
  type Sample,
  type SampleObject,
  type Trainer,
  type TrainerBatch,
} from '../../contract';
import { describeParameters } from '../detector/architecture';
import { toFile } from '../detector/weights';
import { hostTensor, hostZeros, type Step } from '../tensor';
import type { FlopCount } from '../tensor/flops/flops';
import { inputLayout } from './batch-inputs';
import { createDecoder, detectorOutputs } from './inference';
import { createInputArrays, type InputArrays, type InputLayout } from './input/input-plan';
import { createSampleWriter, scalingTables, writeImage } from './input/write-inputs';
import { networkStep } from './run-network';
import { TrainingSession, type WeightsChoice } from './session';
import type { TrainingSetUp } from './step/training-set-up';
import type { TrainedHead } from './weights-file';

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
}

/** What the trainer has computed so far, earlier attempts included. */
export interface TrainerCost {
  readonly flops: number;
  readonly flopsByPhase: Readonly<Record<string, number>>;
  readonly unknownKernels: readonly string[];
  readonly deviceSeconds: number;
  readonly imagesSeen: number;
}

/** The training session of a custom stage: training steps and detections on one state, from the plugin's own samples. */
export class HostTrainer implements Trainer {
  readonly size: number;
  readonly totalSteps: number;
  readonly images: readonly number[];
  private readonly layout: InputLayout;
  private readonly arrays: InputArrays;
  private readonly write: ReturnType<typeof createSampleWriter>;
  private readonly decode: ReturnType<typeof createDecoder>;
  private readonly detectors: Readonly<Record<WeightsChoice, Step | undefined>>;
  private detectionCost?: FlopCount;

  private constructor(
    readonly head: TrainedHead,
    private readonly session: TrainingSession,
  ) {
    const { spec, schedule, parts } = session.setUp;
    this.size = spec.size;
    this.totalSteps = schedule.steps;
    this.images = parts.map((part) => part.images);
    const inputParts = parts.map(({ images, soft }) => ({ type: 'detection', images, soft }) as const);
    this.layout = inputLayout(spec, inputParts);
    this.arrays = createInputArrays(this.layout);
    this.write = createSampleWriter(this.layout);
    this.decode = createDecoder({ spec, head });
    this.detectors = {
      last: this.createDetector('last'),
      average: session.hasAverage ? this.createDetector('average') : undefined,
    };
  }

  static async create({ parameters, labels, ...setting }: TrainerSetting): Promise<HostTrainer> {
    const { detector: spec, schedule, batches, categories } = parameters;
    const head: TrainedHead = { name: 'labelled', type: 'detection', categories, labels };
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
      parameters: describeParameters(spec, [head]),
    };
    return new HostTrainer(head, await TrainingSession.open({ setUp, ...setting }));
  }

  get steps(): number {
    return this.session.steps;
  }

  /** Wall seconds of the earlier attempts from which this one resumed. */
  get resumedSeconds(): number {
    return this.session.earlierSeconds;
  }

  async step(batches: readonly TrainerBatch[]): Promise<Readonly<Record<string, number>>> {
    if (this.steps >= this.totalSteps) {
      throw new RethinkError('TRAINER_STEPS', `The trainer has done all of its ${this.totalSteps} steps.`, {
        hint: 'Request more by trainer.schedule.steps, or loop while trainer.steps < trainer.totalSteps.',
      });
    }
    if (batches.length !== this.images.length) {
      throw batchError(`A step has ${this.images.length} batches, got ${batches.length}.`);
    }
    batches.forEach(({ samples }, part) => this.writeBatch(samples, part));
    await this.compile();
    return this.session.train(this.arrays);
  }

  async detect(images: readonly RgbImage[], weights: WeightsChoice = 'last'): Promise<SampleObject[][]> {
    const detector = this.detectors[weights];
    if (detector === undefined) throw noAverage();
    const { size, detectedAtOnce } = this;
    const { mean, std } = this.layout;
    const tables = scalingTables(mean, std);
    const results: SampleObject[][] = [];
    await this.compile();
    for (let first = 0; first < images.length; first += detectedAtOnce) {
      const part = images.slice(first, first + detectedAtOnce);
      const values = new Float32Array(detectedAtOnce * size * size * 3);
      part.forEach((image, i) => {
        this.checkImage(image);
        writeImage(tables, image, size, values, i * size * size * 3);
      });
      const shape = [detectedAtOnce, size, size, 3];
      const outputs = await this.session.infer(detector, { images: hostTensor(values, shape) });
      part.forEach((image, i) => results.push(toObjects(this.decode(outputs, i, image), image)));
    }
    return results;
  }

  async weights(which: WeightsChoice = 'last'): Promise<NamedArrays> {
    if (which === 'average' && !this.session.hasAverage) throw noAverage();
    return toFile(this.session.setUp.parameters, await this.session.weights(which));
  }

  get cost(): TrainerCost {
    const { progress, flopsPerStep: training, images } = this.session;
    const { step: steps, inferenceRuns, deviceSeconds } = progress;
    const inference = (this.detectionCost?.flops ?? 0) * inferenceRuns;
    return {
      flops: (training?.flops ?? 0) * steps + inference,
      flopsByPhase: {
        ...scaled(training?.byPhase ?? {}, steps),
        ...(inference > 0 && { inference }),
      },
      unknownKernels: [...(training?.unknown ?? []), ...(this.detectionCost?.unknown ?? [])],
      deviceSeconds,
      imagesSeen: images * steps + this.detectedAtOnce * inferenceRuns,
    };
  }

  dispose(): void {
    this.session.dispose();
  }

  private get detectedAtOnce(): number {
    return this.images.at(-1)!;
  }

  /** Traces everything that runs on the session's state. */
  private async compile(): Promise<void> {
    if (this.detectionCost !== undefined) return;
    await this.session.compile(this.arrays);
    const images = hostZeros([this.detectedAtOnce, this.size, this.size, 3]);
    this.detectionCost = await this.detectors.last!.flops({ images });
    await this.detectors.average?.flops({ images });
  }

  private createDetector(weights: WeightsChoice): Step {
    const compute = detectorOutputs({ spec: this.session.setUp.spec, head: this.head });
    return this.session.createStep(
      networkStep(`detect-${weights}`, this.session.stateNames(weights), compute),
    );
  }

  private writeBatch(samples: readonly Sample[], part: number): void {
    if (samples.length !== this.images[part]) {
      throw batchError(
        `Batch ${part} has ${this.images[part]} images per step, got ${samples.length}.`,
        'Its `share` in the request is a multiple of the benchmark’s batch.',
      );
    }
    for (const { image } of samples) this.checkImage(image);
    this.write(this.arrays, part, samples);
  }

  private checkImage({ width, height }: RgbImage): void {
    if (width <= this.size && height <= this.size) return;
    throw batchError(
      `An image of ${width} × ${height} pixels is larger than the input of ${this.size} × ${this.size}.`,
      'Use fit() of the contract or StageData.augment to make it fit.',
    );
  }
}

function batchError(message: string, hint?: string): RethinkError {
  return new RethinkError('TRAINER_BATCH', message, { hint });
}

function noAverage(): RethinkError {
  return new RethinkError('TRAINER_AVERAGE', 'The trainer has no moving average.', {
    hint: 'Request one: trainer: { average: 0.99, … }.',
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
