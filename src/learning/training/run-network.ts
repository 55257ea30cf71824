import { setImmediate as nextTurn } from 'node:timers/promises';
import { RethinkError } from '../../contract';
import type { DetectorSpec } from '../../core/plan/detector-spec';
import { createEvaluationBatches, type EvaluationBatch, type SampleSource } from '../dataset';
import type { HeadSpec } from '../../core/plan/head-spec';
import { forward, type HeadOutputs } from '../detector/network';
import type { NetworkWeights } from '../detector/weights';
import { createState, hostTensor, type HostTensor, type StepDefinition, type tf } from '../tensor';
import type { FlopCount } from '../tensor/flops/flops';
import { scalePixels } from './batch-inputs';
import { batchOf } from './inference-batch';
import { PhaseClock } from './phase-clock';

/** What a pass of a network over images cost. */
export interface InferenceCost {
  readonly flops: number;
  readonly unknownKernels: Readonly<Record<string, number>>;
  readonly deviceSeconds: number;
  readonly secondsByPhase: Readonly<Record<string, number>>;
}

export interface NetworkInput {
  readonly spec: DetectorSpec;
  /** All parameters that the computation uses. */
  readonly weights: NetworkWeights;
  readonly source: SampleSource;
  readonly signal?: AbortSignal;
  onImages?(done: number): void;
}

/** A network and one of its heads. */
export interface HeadNetwork {
  readonly spec: DetectorSpec;
  readonly head: HeadSpec;
}

/** What to compute on images [batch, size, size, 3], without gradients. */
export type Computation = (
  parameters: Readonly<Record<string, tf.Tensor>>,
  images: tf.Tensor4D,
) => Record<string, tf.Tensor>;

interface NetworkUse {
  readonly name: string;
  readonly compute: Computation;
  /** Receives the outputs of a batch; those of a smaller last batch have extra rows at the end. */
  take(part: EvaluationBatch, outputs: Readonly<Record<string, HostTensor>>): void;
}

/** Passes images through a head's network and selects outputs. */
export function headComputation(
  { spec, head }: HeadNetwork,
  select: (output: HeadOutputs) => Record<string, tf.Tensor>,
): Computation {
  return (parameters, images) => {
    const groups = [{ head, images: images.shape[0] }];
    return select(forward({ parameters, training: false }, images, groups, spec)[0]!);
  };
}

/**
 * The computation as a step with the input `images`.
 * @param stateNames names in the state, by parameter
 */
export function networkStep(
  name: string,
  stateNames: Readonly<Record<string, string>>,
  compute: Computation,
): StepDefinition {
  return {
    name,
    run({ get, inputs }) {
      const parameters = Object.fromEntries(
        Object.entries(stateNames).map(([parameter, stateName]) => [parameter, get(stateName)]),
      );
      return compute(parameters, inputs['images'] as tf.Tensor4D);
    },
  };
}

/** Runs a network without its gradients over all images of a source, in order. @throws `CANCELLED` */
export async function runNetwork(input: NetworkInput, use: NetworkUse): Promise<InferenceCost> {
  const { spec, weights, source, signal } = input;
  const { size } = spec;
  const batch = batchOf(spec, source.length);
  const state = createState(weights, { precision: spec.precision });
  const stateNames = Object.fromEntries(state.names.map((name) => [name, name]));
  const step = state.createStep(networkStep(use.name, stateNames, use.compute));

  const clock = new PhaseClock<'compile' | 'data' | 'compute' | 'decode'>();
  let cost: FlopCount | undefined;
  let runs = 0;
  let done = 0;
  for await (const part of createEvaluationBatches({ source, size, batch })) {
    // A smaller last batch is padded: another shape would have to be compiled.
    const pixels = new Float32Array(batch * size * size * 3);
    scalePixels(spec, part.images, pixels);
    const images = hostTensor(pixels, [batch, size, size, 3]);
    clock.lap('data');
    if (cost === undefined) {
      cost = await step.flops({ images });
      clock.lap('compile');
    }
    const outputs = await step.run({ images });
    runs++;
    clock.lap('compute');
    use.take(part, outputs);
    done += part.imageIds.length;
    clock.lap('decode');
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
    deviceSeconds: clock.seconds['compute']!,
    secondsByPhase: clock.seconds,
  };
}

/** The cost of two passes together. */
export function addNetworkCosts(a: InferenceCost, b: InferenceCost): InferenceCost {
  return {
    flops: a.flops + b.flops,
    unknownKernels: addByName(a.unknownKernels, b.unknownKernels),
    deviceSeconds: a.deviceSeconds + b.deviceSeconds,
    secondsByPhase: addByName(a.secondsByPhase, b.secondsByPhase),
  };
}

function addByName(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(names.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

/** One image's values of a batch's output. */
export function rowOf({ values }: HostTensor, index: number, length: number): Float32Array {
  return (values as Float32Array).subarray(index * length, (index + 1) * length);
}
