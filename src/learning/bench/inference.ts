import { createRandom } from '../../contract';
import { describeParameters } from '../detector/architecture';
import { initialiseWeights } from '../detector/weights';
import { createState, useBackend, type BackendName } from '../tensor';
import { createDecoder, detectorOutputs } from '../training/inference';
import { networkStep } from '../training/run-network';
import { measure, peakMemoryBytes, resetPeakMemory, summariseTimes, type Milliseconds } from './measure';
import type { SpeedOptions } from './options';
import { noise, speedSubject } from './subject';

export interface InferenceSpeed {
  /** The network alone. */
  readonly forwardMs: Milliseconds;
  /** Decoding and non-maximum suppression of the batch. */
  readonly decodeMs: Milliseconds;
  /** From images to detections. */
  readonly batchMs: Milliseconds;
  readonly peakMemoryBytes: number;
  readonly backend: string;
  readonly threads: number;
  readonly compiled: boolean;
  readonly imagesPerSecond: number;
  /** Of a batch, the network alone. */
  readonly flops: number;
  readonly idleMemoryBytes: number;
  readonly detections: number;
}

/**
 * Times a RetinaNet with random weights. Its class biases are such that about one score in a thousand is above the
 * threshold, as a trained detector's.
 */
export async function benchInference(options: SpeedOptions): Promise<InferenceSpeed> {
  const { engine, threads, name } = await useBackend(options.backend as BackendName, {
    threads: options.threads ?? 1,
  });
  const idleMemoryBytes = process.memoryUsage.rss();
  const { spec, head } = speedSubject({ ...options, detector: 'retinanet' });
  const { size } = spec;
  const weights = initialiseWeights(describeParameters(spec, [head]), createRandom('weights'));
  const biases = weights[`head.${head.name}.class.predict.bias`]!.values as Float32Array;
  const random = createRandom('biases');
  for (let i = 0; i < biases.length; i++) biases[i] = -7 + 1.6 * random.normal();
  const compiled = name === 'tensorflow' && !options.eager;
  const decode = createDecoder({ spec, head });
  const state = createState(weights, { compiled, precision: spec.precision });
  const stateNames = Object.fromEntries(state.names.map((key) => [key, key]));
  const step = state.createStep(networkStep('detect', stateNames, detectorOutputs({ spec, head })));
  const images = noise([options.batch, size, size, 3]);
  const { flops } = await step.flops({ images });
  let found = 0;
  const forwards: number[] = [];
  const decodes: number[] = [];
  const batchMs = await measure(async () => {
    const begun = performance.now();
    const raw = await step.run({ images });
    const between = performance.now();
    found = 0;
    for (let i = 0; i < options.batch; i++) {
      found += decode(raw, i, { height: size, width: size }).scores.length;
    }
    forwards.push(between - begun);
    decodes.push(performance.now() - between);
    if (forwards.length === options.warmup) resetPeakMemory();
  }, options);
  const peak = peakMemoryBytes();
  state.dispose();
  return {
    forwardMs: summariseTimes(forwards.slice(options.warmup)),
    decodeMs: summariseTimes(decodes.slice(options.warmup)),
    batchMs,
    peakMemoryBytes: peak,
    backend: engine,
    threads,
    compiled,
    imagesPerSecond: Number(((1000 * options.batch) / batchMs.median).toFixed(2)),
    flops,
    idleMemoryBytes,
    detections: found,
  };
}
