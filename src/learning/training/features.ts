import { setImmediate as nextTurn } from 'node:timers/promises';
import { RethinkError } from '../../contract';
import { createEvaluationBatches, type SampleSource } from '../dataset';
import { backboneMaps } from '../detector/network';
import type { DetectorSpec } from '../../core/plan/detector-spec';
import type { Weights } from '../detector/weights';
import { createState, hostTensor, tf } from '../tensor';
import { scalePixels } from './batch-inputs';
import { batchOf } from './inference-batch';
import type { InferenceCost } from './run-network';

export interface ImageFeatures extends InferenceCost {
  /** [images, dimensions], in the source's order. */
  readonly features: Float32Array;
  readonly dimensions: number;
  /** Classes of the images; −1 where there is none. */
  readonly labels: Int32Array;
  readonly imageIds: readonly number[];
}

/** Mean over the places of C5, for every image: what a classifier's or a projection's head sees of a backbone. @throws `CANCELLED` */
export async function pooledFeatures(request: {
  readonly spec: DetectorSpec;
  /** Of the backbone; others may be among them. */
  readonly weights: Weights;
  readonly source: SampleSource;
  readonly signal?: AbortSignal;
  onImages?(done: number): void;
}): Promise<ImageFeatures> {
  const { spec, weights, source, signal } = request;
  const { size } = spec;
  const batch = batchOf(spec, source.length);
  const state = createState(weights);
  const step = state.createStep({
    name: 'features',
    run(context) {
      const parameters = Object.fromEntries(state.names.map((key) => [key, context.get(key)]));
      const maps = backboneMaps({ parameters, training: false }, context.inputs.images as tf.Tensor4D, spec);
      return { features: tf.mean(maps.c5, [1, 2]) };
    },
  });
  const seconds = { compile: 0, data: 0, compute: 0 };
  let mark = performance.now();
  const lap = (phase: keyof typeof seconds) => {
    const now = performance.now();
    seconds[phase] += (now - mark) / 1000;
    mark = now;
  };
  const rows: Float32Array[] = [];
  const labels: number[] = [];
  const imageIds: number[] = [];
  let flops = 0;
  let perRun = 0;
  let unknown: Readonly<Record<string, number>> = {};
  for await (const part of createEvaluationBatches({ source, size, batch })) {
    // A smaller last batch is filled up: other shapes would be compiled anew.
    const pixels = new Float32Array(batch * size * size * 3);
    scalePixels(spec, part.images, pixels);
    const images = hostTensor(pixels, [batch, size, size, 3]);
    lap('data');
    if (perRun === 0) {
      const cost = await step.flops({ images });
      perRun = cost.flops;
      const runs = Math.ceil(source.length / batch);
      unknown = Object.fromEntries(cost.unknown.map((kernel) => [kernel, runs]));
      lap('compile');
    }
    const { features } = await step.run({ images });
    lap('compute');
    flops += perRun;
    const dimensions = features!.shape[1]!;
    rows.push((features!.values as Float32Array).slice(0, part.imageIds.length * dimensions));
    labels.push(...part.samples.map(({ label }) => label ?? -1));
    imageIds.push(...part.imageIds);
    request.onImages?.(imageIds.length);
    await nextTurn();
    if (signal?.aborted === true) {
      throw new RethinkError('CANCELLED', `The probe was stopped after ${imageIds.length} images.`);
    }
  }
  state.dispose();
  const features = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    features.set(row, at);
    at += row.length;
  }
  return {
    features,
    dimensions: features.length / imageIds.length,
    labels: Int32Array.from(labels),
    imageIds,
    flops,
    unknownKernels: unknown,
    deviceSeconds: seconds.compute,
    secondsByPhase: seconds,
  };
}
