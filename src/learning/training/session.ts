import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createRandom, type Logger, type NamedArrays, RethinkError } from '../../contract';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { artifactFiles } from '../../core/plan/stage-job';
import { initialiseWeights, fitWeights, type NetworkWeights } from '../detector/weights';
import { createState, type HostTensor, type State, type Step } from '../tensor';
import type { FlopCount } from '../tensor/flops/flops';
import { type CurveEntry, CurveRecorder } from './curve';
import { branchMask } from './drop-branches';
import type { InputArrays } from './input/input-plan';
import { learningRateAt } from './learning-rate';
import { PhaseClock } from './phase-clock';
import { loadResumePoint, saveResumePoint, type TrainingProgress } from './resume';
import { hasCheckpoints, type RunCheckpoint, writeCheckpoint } from './run-checkpoints';
import { createStepRunner, type StepRunner, type StepValues } from './step/step-runner';
import { trainableNames, trainingState } from './step/train-step';
import type { TrainingSetUp } from './step/training-set-up';
import { averageDecay, averageName } from './step/weight-average';

/** A loss this many times the first one (or 1, if that was smaller) means that training has diverged. */
const EXPLOSION = 1e4;
/** Seconds of training between resume points. */
const SAVE_EVERY_SECONDS = 15;
/** Saving takes at most this share of the time, however large the state. */
const SAVING_SHARE = 0.05;

/** The weights after the last step, or their moving averages. */
export type WeightsChoice = 'last' | 'average';

export interface SessionOptions {
  readonly setUp: TrainingSetUp;
  readonly seed: number;
  readonly stageKey: string;
  readonly resumeFolder: string;
  /** Tensors in the layout of files; those that fit by name and shape are taken over. */
  readonly from?: NamedArrays;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Steps after which the weights are written to the resume folder by `writeCheckpoint`. */
  readonly checkpointSteps?: readonly number[];
  readonly writeCheckpoint?: (file: string, weights: NetworkWeights) => Promise<void>;
  /** @param figures of the curve's latest entry; empty before the first */
  onStep?(done: number, figures: Readonly<Record<string, number>>): void;
}

/**
 * A network in training: runs its steps one by one, meters them, records the loss curve, and saves itself so that a
 * stopped stage resumes with the same bits. The caller supplies the images and targets of each step.
 */
export class TrainingSession {
  readonly setUp: TrainingSetUp;
  /** Wall seconds of earlier attempts up to the point from which this one resumed. */
  readonly earlierSeconds: number;
  /** Images of a step. */
  readonly images: number;
  private readonly runner: StepRunner;
  private readonly clock: PhaseClock;
  private readonly curve: CurveRecorder;
  private readonly checkpoints: RunCheckpoint[];
  private done: number;
  private inferenceRuns: number;
  private firstLoss?: number;
  private deviceSeconds: number;
  private cost?: FlopCount;
  private lastSave = performance.now();
  private saveSeconds = 0;

  private constructor(
    private readonly options: SessionOptions,
    private readonly state: State,
    resumed?: TrainingProgress,
  ) {
    const { setUp } = options;
    const { logEvery, steps } = setUp.schedule;
    this.setUp = setUp;
    this.images = setUp.parts.reduce((sum, part) => sum + part.images, 0);
    this.clock = new PhaseClock(resumed?.secondsByPhase);
    this.curve = new CurveRecorder(logEvery, this.images, [...(resumed?.curve ?? [])], resumed?.openEntry);
    this.checkpoints = [...(resumed?.checkpoints ?? [])];
    this.done = resumed?.step ?? 0;
    this.inferenceRuns = resumed?.inferenceRuns ?? 0;
    this.firstLoss = resumed?.firstLoss;
    this.deviceSeconds = resumed?.deviceSeconds ?? 0;
    this.earlierSeconds = resumed?.wallSeconds ?? 0;
    this.runner = createStepRunner(state, setUp, steps - this.done);
  }

  /** Starts a training, or resumes one that an earlier attempt left. */
  static async open(options: SessionOptions): Promise<TrainingSession> {
    const { setUp, resumeFolder, stageKey, logger, checkpointSteps = [] } = options;
    const found = await loadResumePoint(resumeFolder, stageKey, logger);
    const resumed =
      found && hasCheckpoints(resumeFolder, found.progress, checkpointSteps, logger) ? found : undefined;
    const initial = resumed?.state ?? trainingState(setUp, startingWeights(options));
    const state = createState(initial, { precision: setUp.spec.precision });
    return new TrainingSession(options, state, resumed?.progress);
  }

  /** Steps done, those of earlier attempts included. */
  get steps(): number {
    return this.done;
  }

  /** FLOPs of a step; undefined before `compile`. */
  get flopsPerStep(): FlopCount | undefined {
    return this.cost;
  }

  get progress(): TrainingProgress {
    return {
      step: this.done,
      inferenceRuns: this.inferenceRuns,
      firstLoss: this.firstLoss!,
      deviceSeconds: this.deviceSeconds,
      wallSeconds: this.wallSeconds,
      secondsByPhase: this.clock.seconds,
      curve: this.curve.entries,
      openEntry: this.curve.open,
      checkpoints: this.checkpoints,
    };
  }

  /** Traces the step. Everything that runs on the state must be traced before its first run: a new trace means a new session of the engine. */
  async compile(arrays: InputArrays): Promise<void> {
    if (this.cost !== undefined) return;
    const inputs = this.inputsOf(arrays);
    this.clock.lap('data');
    this.cost = await this.runner.compile(inputs);
    this.clock.lap('compile');
  }

  /**
   * One update.
   * @param arrays images and targets of the step
   * @returns the step's losses
   * @throws `DIVERGED` with the step, `CANCELLED` after a resume point was saved
   */
  async train(arrays: InputArrays): Promise<Readonly<Record<string, number>>> {
    await this.compile(arrays);
    const { steps } = this.setUp.schedule;
    const inputs = this.inputsOf(arrays);
    const isLogged = this.curve.isDue(this.done, steps);
    this.clock.lap('data');
    const outputs = await this.runner.run(inputs, isLogged);
    this.deviceSeconds += this.clock.lap('compute');
    await this.record(outputs, isLogged, inputs['learningRate'] as number);
    this.done++;
    this.options.onStep?.(this.done, this.latestFigures);
    await this.keepCheckpoint();
    await this.saveIfDue();
    // Messages and signals are handled between steps.
    await nextTurn();
    this.clock.lap('record');
    return outputs;
  }

  /** A step that computes on this session's state without training it. */
  createStep(...parameters: Parameters<State['createStep']>): Step {
    return this.state.createStep(...parameters);
  }

  /** Runs such a step, metered. */
  async infer(step: Step, inputs: StepValues): Promise<Readonly<Record<string, HostTensor>>> {
    this.clock.lap('data');
    const outputs = await step.run(inputs);
    this.deviceSeconds += this.clock.lap('compute');
    this.inferenceRuns++;
    return outputs;
  }

  /** Names of the network's parameters in the state. */
  stateNames(choice: WeightsChoice): Record<string, string> {
    const averaged = new Set(choice === 'average' ? trainableNames(this.setUp) : []);
    return Object.fromEntries(
      this.setUp.parameters.map(({ name }) => [name, averaged.has(name) ? averageName(name) : name]),
    );
  }

  /** By default the moving averages where the schedule has them, as in the stage's result. */
  async weights(choice: WeightsChoice = this.hasAverage ? 'average' : 'last'): Promise<NetworkWeights> {
    const names = Object.entries(this.stateNames(choice));
    const values = await this.state.read(names.map(([, stateName]) => stateName));
    return Object.fromEntries(names.map(([name, stateName]) => [name, values[stateName]!]));
  }

  get hasAverage(): boolean {
    return this.setUp.schedule.emaDecay !== undefined;
  }

  dispose(): void {
    this.state.dispose();
  }

  private get latestFigures(): Record<string, number> {
    const entry = this.curve.entries.at(-1);
    return entry === undefined ? {} : { loss: entry.loss, imagesPerSecond: entry.imagesPerSecond };
  }

  private get wallSeconds(): number {
    return this.earlierSeconds + process.uptime();
  }

  private inputsOf(arrays: InputArrays): StepValues {
    const { spec, schedule } = this.setUp;
    const branches = branchMask(spec, this.images, this.options.seed, this.done);
    return {
      ...arrays,
      ...(branches && { branches }),
      learningRate: learningRateAt(schedule, this.done),
      updateNumber: this.done + 1,
      ...(schedule.emaDecay !== undefined && {
        averageDecay: averageDecay(schedule.emaDecay, this.done),
      }),
    };
  }

  private async record(
    { gradientNorm, ...figures }: Record<string, number>,
    isLogged: boolean,
    learningRate: number,
  ): Promise<void> {
    const loss = figures['loss']!;
    this.firstLoss ??= loss;
    const isSound =
      Math.abs(loss) <= EXPLOSION * Math.max(1, this.firstLoss) &&
      (gradientNorm === undefined || Number.isFinite(gradientNorm));
    this.curve.add(figures);
    if (isLogged || !isSound) this.curve.close(this.done, learningRate, gradientNorm);
    if (isSound) return;
    // The output folder is removed with the failed stage, the resume folder is not.
    await writeCurve(this.options.resumeFolder, this.curve.entries);
    throw diverged(this.done, loss, gradientNorm);
  }

  private async keepCheckpoint(): Promise<void> {
    const { checkpointSteps = [], writeCheckpoint: write, resumeFolder } = this.options;
    if (write === undefined || !checkpointSteps.includes(this.done)) return;
    const { done: step, deviceSeconds, wallSeconds } = this;
    this.checkpoints.push({ step, deviceSeconds, wallSeconds });
    this.clock.lap('record');
    await writeCheckpoint(resumeFolder, step, async (file) => write(file, await this.weights()));
    this.clock.lap('checkpoints');
  }

  private async saveIfDue(): Promise<void> {
    const { signal, resumeFolder, stageKey } = this.options;
    const { steps } = this.setUp.schedule;
    const pause = Math.max(SAVE_EVERY_SECONDS, this.saveSeconds / SAVING_SHARE);
    const isDue = signal.aborted || (performance.now() - this.lastSave) / 1000 >= pause;
    if (!isDue || this.done >= steps) return;
    this.clock.lap('record');
    await saveResumePoint(resumeFolder, stageKey, await this.state.read(), this.progress);
    this.saveSeconds = this.clock.lap('save');
    this.lastSave = performance.now();
    if (!signal.aborted) return;
    throw new RethinkError('CANCELLED', `Training was stopped after ${this.done} of ${steps} steps.`, {
      hint: 'Run the same command again to resume.',
    });
  }
}

export function writeCurve(folder: string, curve: readonly CurveEntry[]): Promise<void> {
  return writeFileAtomically(join(folder, artifactFiles.curve), `${JSON.stringify(curve)}\n`);
}

function startingWeights({ setUp: { parameters }, seed, from, logger }: SessionOptions): NetworkWeights {
  const initial = initialiseWeights(parameters, createRandom(`initialisation/${seed}`));
  if (from === undefined) return initial;
  const fit = fitWeights(parameters, from);
  logger.info('weights taken over', {
    taken: Object.keys(fit.taken).length,
    initialised: [...fit.missing, ...fit.misshapen.map(({ name }) => name)],
    carriedAlong: fit.unexpected,
  });
  return { ...initial, ...fit.taken };
}

function diverged(step: number, loss: number, norm: number | undefined): RethinkError {
  const reason =
    Number.isFinite(loss) && norm !== undefined && !Number.isFinite(norm)
      ? `the norm of the gradient is ${norm}`
      : `the loss is ${Number.isFinite(loss) ? loss.toPrecision(4) : loss}`;
  return new RethinkError('DIVERGED', `Training diverged at step ${step + 1}: ${reason}.`, {
    hint: 'Lower schedule.learningRate, lengthen schedule.warmupSteps or set schedule.clipNorm.',
  });
}
