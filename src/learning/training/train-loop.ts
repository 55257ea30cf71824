import { setImmediate as nextTurn } from 'node:timers/promises';
import { RethinkError } from '../../contract';
import type { FlopCount } from '../tensor/flops/flops';
import type { HostTensor, State } from '../tensor';
import { CurveRecorder, type CurveEntry } from './curve';
import { branchMask } from './drop-branches';
import { learningRateAt } from './learning-rate';
import type { TrainingProgress } from './resume';
import { createStepRunner } from './step/step-runner';
import { averageDecay } from './step/weight-average';
import type { InputFeed } from './input/feed';
import type { TrainingSetUp } from './step/training-set-up';

export interface TrainLoopOptions {
  readonly setUp: TrainingSetUp;
  readonly state: State;
  readonly feed: InputFeed;
  readonly seed: number;
  /** How far an earlier attempt came. */
  readonly resumed?: TrainingProgress;
  readonly signal?: AbortSignal;
  /** Seconds of training between points to resume from. */
  readonly saveEverySeconds: number;
  save(progress: TrainingProgress): Promise<void>;
  /** Steps after which `keep` is called. */
  readonly checkpointSteps?: readonly number[];
  keep?(step: number): Promise<void>;
  onEntry?(entry: CurveEntry): void;
  onStep?(done: number): void;
  /** Wall seconds of the attempts so far, this one included. */
  wallSeconds(): number;
}

export interface TrainLoopResult {
  readonly progress: TrainingProgress;
  /** Of one step. */
  readonly flopsPerStep: FlopCount;
}

/** A loss that many times the first one (or 1, if that was smaller) is no training any more. */
const explosion = 1e4;
/** Saving takes at most this share of the time, however large the state. */
const savingShare = 0.05;

/**
 * Runs the schedule's remaining steps.
 * @throws `DIVERGED` with the step, `CANCELLED` after a point to resume from was saved
 */
export async function runTrainLoop(options: TrainLoopOptions): Promise<TrainLoopResult> {
  const { setUp, state, feed, seed, resumed, signal } = options;
  const { schedule, parts, spec } = setUp;
  const images = parts.reduce((sum, part) => sum + part.images, 0);
  const clock = new PhaseClock(resumed?.secondsByPhase);
  const curve = new CurveRecorder(schedule.logEvery, images, [...(resumed?.curve ?? [])], resumed?.openEntry);
  let firstLoss = resumed?.firstLoss;
  let deviceSeconds = resumed?.deviceSeconds ?? 0;
  const checkpointSteps = new Set(options.checkpointSteps);
  const points = [...(resumed?.checkpoints ?? [])];

  const inputsOf = async (step: number): Promise<Record<string, HostTensor | number>> => {
    const branches = branchMask(spec, images, seed, step);
    return {
      ...(await feed.next()),
      ...(branches === undefined ? {} : { branches }),
      learningRate: learningRateAt(schedule, step),
      updateNumber: step + 1,
      ...(schedule.weightAverage === undefined
        ? {}
        : { averageDecay: averageDecay(schedule.weightAverage, step) }),
    };
  };

  const start = resumed?.step ?? 0;
  const runner = createStepRunner(state, setUp, schedule.steps - start);
  let inputs = await inputsOf(start);
  clock.lap('data');
  const flopsPerStep = await runner.compile(inputs);
  clock.lap('compile');

  const progressAfter = (step: number): TrainingProgress => ({
    step,
    firstLoss: firstLoss!,
    deviceSeconds,
    wallSeconds: options.wallSeconds(),
    secondsByPhase: clock.seconds,
    curve: curve.entries,
    openEntry: curve.open,
    checkpoints: points,
  });
  let lastSave = performance.now();
  let saveSeconds = 0;
  const save = async (step: number) => {
    clock.lap('record');
    await options.save(progressAfter(step));
    saveSeconds = clock.lap('save');
    lastSave = performance.now();
  };

  for (let step = start; step < schedule.steps; step++) {
    if (step > start) {
      inputs = await inputsOf(step);
      clock.lap('data');
    }
    const isLogged = curve.isDue(step, schedule.steps);
    const outputs = await runner.run(inputs, isLogged);
    deviceSeconds += clock.lap('compute');

    const { gradientNorm, ...figures } = outputs;
    firstLoss ??= figures.loss!;
    const limit = explosion * Math.max(1, firstLoss);
    const isSound =
      Math.abs(figures.loss!) <= limit && (gradientNorm === undefined || Number.isFinite(gradientNorm));
    curve.add(figures);
    if (isLogged || !isSound) {
      const entry = curve.close(step, inputs.learningRate as number, gradientNorm);
      if (isSound) options.onEntry?.(entry);
    }
    if (!isSound) throw diverged(step, figures.loss!, gradientNorm, curve.entries);
    options.onStep?.(step + 1);

    if (checkpointSteps.has(step + 1)) {
      points.push({ step: step + 1, deviceSeconds, wallSeconds: options.wallSeconds() });
      clock.lap('record');
      await options.keep?.(step + 1);
      clock.lap('checkpoints');
    }
    const isLast = step + 1 === schedule.steps;
    const pause = Math.max(options.saveEverySeconds, saveSeconds / savingShare);
    if (!isLast && (signal?.aborted === true || (performance.now() - lastSave) / 1000 >= pause)) {
      await save(step + 1);
    }
    if (!isLast && signal?.aborted === true) {
      throw new RethinkError(
        'CANCELLED',
        `Training was stopped after ${step + 1} of ${schedule.steps} steps.`,
        {
          hint: 'Run the same command again: it goes on from there.',
        },
      );
    }
    // Messages and signals are heard between steps.
    await nextTurn();
    clock.lap('record');
  }
  return { progress: progressAfter(schedule.steps), flopsPerStep };
}

/** `DIVERGED` carries the curve up to the end. */
export class DivergedError extends RethinkError {
  constructor(
    message: string,
    readonly curve: readonly CurveEntry[],
  ) {
    super('DIVERGED', message, {
      hint: 'Lower schedule.learningRate, lengthen schedule.warmupSteps or set schedule.clipNorm.',
    });
  }
}

function diverged(
  step: number,
  loss: number,
  norm: number | undefined,
  curve: readonly CurveEntry[],
): DivergedError {
  const what = Number.isFinite(loss)
    ? norm === undefined || Number.isFinite(norm)
      ? `the loss is ${loss.toPrecision(4)}`
      : `the gradient's norm is ${norm}`
    : `the loss is ${loss}`;
  return new DivergedError(`Training diverged at step ${step + 1}: ${what}.`, curve);
}

/** Wall seconds by phase; a lap ends where the next one begins, so that nothing is left out. */
class PhaseClock {
  readonly seconds: Record<string, number>;
  private mark = performance.now();

  constructor(before: Readonly<Record<string, number>> = {}) {
    this.seconds = { ...before };
  }

  /** @returns seconds since the last lap, which are now the phase's */
  lap(phase: string): number {
    const now = performance.now();
    const seconds = (now - this.mark) / 1000;
    this.mark = now;
    this.seconds[phase] = (this.seconds[phase] ?? 0) + seconds;
    return seconds;
  }
}
