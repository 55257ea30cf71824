import { setImmediate as nextTurn } from 'node:timers/promises';
import { RethinkError } from '../../contract';
import type { FlopCount } from '../tensor/flops/flops';
import { createEvaluationBatches, type EvaluationBatch, type SampleSource } from '../dataset';
import type { HeadSpec } from '../detector/heads';
import { forward, type HeadOutputs } from '../detector/network';
import type { DetectorSpec } from '../../core/plan/detector-spec';
import type { Weights } from '../detector/weights';
import { createState, hostTensor, type HostTensor, type State, type Step, type tf } from '../tensor';
import { scalePixels } from './batch-inputs';

/** What a pass of a network over images cost. */
export interface InferenceCost {
  readonly flops: number;
  readonly unknownKernels: Readonly<Record<string, number>>;
  readonly deviceSeconds: number;
  readonly secondsByPhase: Readonly<Record<string, number>>;
}

export interface NetworkInput {
  readonly spec: DetectorSpec;
  readonly head: HeadSpec;
  /** All parameters of backbone, head and, for a detector, pyramid. */
  readonly weights: Weights;
  readonly source: SampleSource;
  readonly signal?: AbortSignal;
  onImages?(done: number): void;
}

/** What of a head's outputs is wanted. */
export interface OutputChoice {
  readonly name: string;
  select(output: HeadOutputs): Record<string, tf.Tensor>;
}

interface NetworkUse extends OutputChoice {
  /** Takes the batch's rows; a smaller last batch has rows to spare. */
  take(part: EvaluationBatch, outputs: Readonly<Record<string, HostTensor>>): void;
}

/** Pixels of a batch: 32 images of 96 px, one of 640. */
const batchPixels = 300_000;

/** The network without its gradients as a step: `images` [images, size, size, 3] in, the chosen outputs out. */
export function createNetworkStep(
  state: State,
  { spec, head, images: imageCount }: Pick<NetworkInput, 'spec' | 'head'> & { images: number },
  choice: OutputChoice,
): Step {
  return state.createStep({
    name: choice.name,
    run(context) {
      const parameters = Object.fromEntries(state.names.map((key) => [key, context.get(key)]));
      const images = context.inputs.images as tf.Tensor4D;
      const [output] = forward({ parameters, training: false }, images, [{ head, images: imageCount }], spec);
      return choice.select(output!);
    },
  });
}

/** Runs a network without its gradients over all images of a source, in order. @throws `CANCELLED` */
export async function runNetwork(input: NetworkInput, use: NetworkUse): Promise<InferenceCost> {
  const { spec, head, weights, source, signal } = input;
  const { size } = spec;
  const batch = Math.min(32, source.length, Math.max(1, Math.floor(batchPixels / size ** 2)));
  const state = createState(weights);
  const step = createNetworkStep(state, { spec, head, images: batch }, use);

  const seconds = { compile: 0, data: 0, compute: 0, decode: 0 };
  let cost: FlopCount | undefined;
  let runs = 0;
  let done = 0;
  let mark = performance.now();
  const lap = (phase: keyof typeof seconds) => {
    const now = performance.now();
    seconds[phase] += (now - mark) / 1000;
    mark = now;
  };
  for await (const part of createEvaluationBatches({ source, size, batch })) {
    // A smaller last batch is filled up: other shapes would be compiled anew.
    const pixels = new Float32Array(batch * size * size * 3);
    scalePixels(spec, part.images, pixels);
    const images = hostTensor(pixels, [batch, size, size, 3]);
    lap('data');
    if (cost === undefined) {
      cost = await step.flops({ images });
      lap('compile');
    }
    const outputs = await step.run({ images });
    runs++;
    lap('compute');
    use.take(part, outputs);
    done += part.imageIds.length;
    lap('decode');
    input.onImages?.(done);
    await nextTurn();
    if (signal?.aborted === true) {
      throw new RethinkError('CANCELLED', `The ${use.name} stage was stopped after ${done} images.`);
    }
  }
  state.dispose();
  return {
    flops: cost!.flops * runs,
    unknownKernels: Object.fromEntries(cost!.unknown.map((kernel) => [kernel, runs])),
    deviceSeconds: seconds.compute,
    secondsByPhase: seconds,
  };
}

/** One image's values of a batch's output. */
export function rowOf({ values }: HostTensor, index: number, length: number): Float32Array {
  return (values as Float32Array).subarray(index * length, (index + 1) * length);
}
