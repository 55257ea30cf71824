import type { HeadSpec } from '../../core/plan/head-spec';
import { anchorsPerPosition, featureGrid } from '../detector/anchors';
import { isDecayed, type Parameter } from '../detector/layers/parameter';
import { FlopLayers, type PassFlops } from '../detector/layers/flop-layers';
import { describeParameters, walkNetwork } from '../detector/architecture';
import type { DetectorSpec } from '../../core/plan/detector-spec';
import type { Schedule } from '../../core/plan/schedule';
import { trainableParameters } from './step/trainable';

/** Images of one head in a training step. */
export interface StepPart {
  readonly head: HeadSpec;
  readonly images: number;
}

export interface StepFlops {
  readonly forward: number;
  readonly backward: number;
  readonly update: number;
  readonly total: number;
}

/** Equal networks are counted once: a matrix has thousands of stages and few networks. */
function once<Arguments extends readonly unknown[], Result>(
  work: (...args: Arguments) => Result,
): (...args: Arguments) => Result {
  const known = new Map<string, Result>();
  return (...args) => {
    const key = JSON.stringify(args);
    let result = known.get(key);
    if (result === undefined) {
      if (known.size >= 1000) known.clear();
      known.set(key, (result = work(...args)));
    }
    return result;
  };
}

/** FLOPs of an image through a detector, in inference. */
export const inferenceFlops = once(
  (spec: DetectorSpec, head: HeadSpec): number => passFlops(spec, head).inference,
);

/**
 * FLOPs of a training step, counted from architecture and schedule alone, multiply-add = 2: a declared count, to be
 * compared with the one metered from the kernels that ran.
 */
export const trainStepFlops = once(countStep);

function countStep(spec: DetectorSpec, schedule: Schedule, parts: readonly StepPart[]): StepFlops {
  const heads = [...new Map(parts.map(({ head }) => [head.name, head])).values()];
  const parameters = describeParameters(spec, heads);
  const trained = trainableParameters(spec, schedule.freeze, parameters);
  const names = new Set(trained.map(({ name }) => name));
  let forward = 0;
  let backward = 0;
  for (const { head, images } of parts) {
    const pass = passFlops(spec, head, names);
    const loss = lossFlops(spec, head, images);
    forward += images * (pass.forward + loss.forward);
    backward += images * (pass.backward + loss.backward);
  }
  const update = updateFlops(schedule, trained);
  return { forward, backward, update, total: forward + backward + update };
}

export function parameterCount(parameters: readonly Parameter[]): number {
  return parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

function passFlops(spec: DetectorSpec, head: HeadSpec, trained?: ReadonlySet<string>): PassFlops {
  const { backbone, size } = spec;
  const layers = new FlopLayers({
    isTrained: trained && ((name) => trained.has(name)),
    dropsBranches: backbone.type === 'efficientnet' && backbone.dropConnect > 0,
  });
  walkNetwork(layers, { height: size, width: size, channels: 3 }, head, spec);
  return layers.flops;
}

/** Of one image; the operations of `detector/losses.ts` and `tensor/fused/losses.ts`, counted by hand. */
function lossFlops(
  spec: DetectorSpec,
  head: HeadSpec,
  images: number,
): { forward: number; backward: number } {
  const { type, categories } = head;
  switch (type) {
    case 'detection': {
      const positions = featureGrid(spec, spec.size, spec.size).reduce(
        (sum, { rows, columns }) => sum + rows * columns,
        0,
      );
      const anchors = positions * anchorsPerPosition(spec);
      return {
        // Focal loss 17 for each class, Huber loss 9 for each of four numbers, three comparisons and sums.
        forward: anchors * (17 * categories + 9 * 4 + 3),
        backward: anchors * (12 * categories + 3 * 4),
      };
    }
    case 'classification':
      return { forward: 9 * categories, backward: categories };
    case 'contrastive':
      // Similarity with every other view: a product of 2 · categories, softmax cross-entropy and scaling on it.
      return {
        forward: images * (2 * categories + 12) + 5 * categories,
        backward: images * (4 * categories + 3) + 8 * categories,
      };
  }
}

function updateFlops(schedule: Schedule, trained: readonly Parameter[]): number {
  const { optimizer, weightDecay, clipNorm, emaDecay, batch, microBatch } = schedule;
  const values = parameterCount(trained);
  const decayed = weightDecay === 0 ? 0 : parameterCount(trained.filter(isDecayed));
  const passes = microBatch === undefined || microBatch >= batch ? 0 : batch / microBatch;
  const step = optimizer.type === 'adam' ? 12 : optimizer.nesterov ? 6 : 4;
  const clip = clipNorm === undefined ? 0 : 1;
  const average = emaDecay === undefined ? 0 : 3;
  // The gradients' norm: squares and their sum; L2: a product and a sum; each pass: a product and a sum.
  return values * (step + 2 + clip + average + 2 * passes) + 2 * decayed;
}
