import { createRandom } from '../../contract';
import { initialiseWeights } from '../detector/weights';
import { createState, useBackend, type BackendName } from '../tensor';
import { createStepRunner } from '../training/step/step-runner';
import { lossStep, trainingState } from '../training/step/train-step';
import { measure, peakMemoryBytes, resetPeakMemory, type Milliseconds } from './measure';
import type { SpeedOptions } from './options';
import { speedInputs, speedTraining } from './subject';

export interface TrainingSpeed {
  /** Forward pass in training and loss. */
  readonly forwardMs: Milliseconds;
  /** Forward, backward and update. */
  readonly stepMs: Milliseconds;
  /** Of the process while it runs steps, resident. */
  readonly peakMemoryBytes: number;
  /** What computes, for instance `tensorflow 2.21.0 (cpu)`. */
  readonly backend: string;
  readonly threads: number;
  readonly compiled: boolean;
  /** Time from a ready state to the first step's begin. */
  readonly compileMs: number;
  readonly imagesPerSecond: number;
  /** Of a step. */
  readonly flops: number;
  readonly flopsPerSecond: number;
  /** Kernels that no formula counts. */
  readonly unknownKernels: readonly string[];
  /** Resident before there were weights: what the programs themselves take. */
  readonly idleMemoryBytes: number;
  /** Of weights that are trained. */
  readonly parameters: number;
  readonly loss: number;
}

/** So many steps remain that a separate step without the norm of the gradient pays, as in a long training. */
const longTraining = 1e6;

/** Times training steps as they run in a stage, on random images. */
export async function benchTraining(options: SpeedOptions): Promise<TrainingSpeed> {
  const { engine, threads, name } = await useBackend(options.backend as BackendName, {
    threads: options.threads ?? 1,
  });
  const idleMemoryBytes = process.memoryUsage.rss();
  const setUp = speedTraining(options);
  const inputs = speedInputs(setUp);
  const weights = initialiseWeights(setUp.parameters, createRandom('weights'));
  const compiled = name === 'tensorflow' && !options.eager;

  const { precision } = setUp.spec;
  const state = createState(trainingState(setUp, weights), { compiled, precision });
  const runner = createStepRunner(state, setUp, longTraining);
  const begun = performance.now();
  const cost = await runner.compile(inputs);
  let updateNumber = 0;
  let figures = await runner.run({ ...inputs, updateNumber: ++updateNumber }, false);
  const compileMs = performance.now() - begun;
  const { loss } = figures;
  resetPeakMemory();
  const stepMs = await measure(async () => {
    figures = await runner.run({ ...inputs, updateNumber: ++updateNumber }, false);
  }, options);
  const peak = peakMemoryBytes();
  state.dispose();

  const forwardState = createState(trainingState(setUp, weights), { compiled, precision });
  const forward = forwardState.createStep(lossStep(setUp));
  const { learningRate: _, updateNumber: __, ...batch } = inputs;
  const forwardMs = await measure(() => forward.run(batch), {
    ...options,
    warmup: Math.max(1, options.warmup),
  });
  forwardState.dispose();

  const trained = setUp.parameters.filter(({ kind }) => kind !== 'mean' && kind !== 'variance');
  return {
    forwardMs,
    stepMs,
    peakMemoryBytes: peak,
    backend: engine,
    threads,
    compiled,
    compileMs: Math.round(compileMs),
    imagesPerSecond: Number(((1000 * options.batch) / stepMs.median).toFixed(2)),
    flops: cost.flops,
    flopsPerSecond: Math.round((1000 * cost.flops) / stepMs.median),
    unknownKernels: cost.unknown,
    idleMemoryBytes,
    parameters: trained.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    loss: loss!,
  };
}
