import { createRandom, type Sample } from '../../contract';
import { efficientNetVariants } from '../detector/backbones/efficientnet';
import type { HeadSpec } from '../../core/plan/head-spec';
import { describeParameters } from '../detector/architecture';
import { detectorSpec, type BackboneSpec, type DetectorSpec } from '../../core/plan/detector-spec';
import { hostTensor, type HostTensor } from '../tensor';
import { inputLayout } from '../training/batch-inputs';
import { branchMask } from '../training/drop-branches';
import { scheduleSpec } from '../../core/plan/schedule';
import type { SpeedOptions } from './options';
import { createInputArrays, type InputArrays } from '../training/input/input-plan';
import { writeDetectionTargets } from '../training/input/write-inputs';
import type { TrainingSetUp } from '../training/step/training-set-up';

const plainChannels = [16, 24, 48, 64, 96];
const objectsPerImage = 8;

/** The network that the options describe. */
export function speedSubject(options: SpeedOptions): { spec: DetectorSpec; head: HeadSpec } {
  const { size, fpnChannels, headConvolutions, detector, classes, precision } = options;
  const network = { size, fpnChannels, headConvolutions, precision };
  const spec = detectorSpec.parse({ backbone: backboneOf(options), ...network });
  const type = detector === undefined ? 'classification' : 'detection';
  return { spec, head: { name: 'main', type, categories: classes ?? (type === 'detection' ? 90 : 1000) } };
}

function backboneOf({ backbone, width, depth, dropConnect }: SpeedOptions): BackboneSpec {
  if (backbone === 'plain') {
    const channels = plainChannels.map((count) => Math.max(1, Math.round(count * width)));
    return { type: 'plain', channels: channels as [number, number, number, number, number], initialScale: 1 };
  }
  if (backbone === 'mobilenet-v1') return detectorSpec.shape.backbone.parse({ type: 'mobilenet-v1', width });
  const variant = efficientNetVariants[backbone.slice(-2) as keyof typeof efficientNetVariants];
  return detectorSpec.shape.backbone.parse({
    type: 'efficientnet',
    width: width * variant.width,
    depth: depth * variant.depth,
    dropConnect,
  });
}

/** A training step of it by the paper's recipe: momentum 0.9, L2 of 1e-4 on kernels, no clipping. */
export function speedTraining(options: SpeedOptions): TrainingSetUp {
  const { spec, head } = speedSubject(options);
  const { batch, microBatch, optimizer } = options;
  return {
    spec,
    schedule: scheduleSpec.parse({ steps: 1, batch, microBatch, optimizer: { type: optimizer } }),
    parts: [{ head, images: batch, weight: 1 }],
    parameters: describeParameters(spec, [head]),
  };
}

/** Random inputs of such a step: as many objects in every image, with targets as in training. */
export function speedInputs(setUp: TrainingSetUp): Record<string, HostTensor | number> {
  const { spec, parts } = setUp;
  const { head, images: imageCount } = parts[0]!;
  const random = createRandom('speed');
  const branches = branchMask(spec, imageCount, 1, 0);
  return {
    ...targets(),
    images: noise([imageCount, spec.size, spec.size, 3]),
    ...(branches === undefined ? {} : { branches }),
    // So small that the weights keep their initial values: numbers near zero would be slower, exploding ones too.
    learningRate: 1e-4,
    updateNumber: 1,
  };

  function targets(): InputArrays {
    const layout = inputLayout(spec, [{ type: head.type, images: imageCount }]);
    const arrays = createInputArrays(layout);
    if (head.type === 'classification') {
      arrays['labels.0']!.values.forEach((_, i, labels) => (labels[i] = random.integer(head.categories)));
    } else {
      const samples = Array.from({ length: imageCount }, () => randomSample(spec, head.categories));
      writeDetectionTargets(samples, layout, arrays, 0);
    }
    return arrays;
  }

  function randomSample({ size }: DetectorSpec, categories: number): Sample {
    const objects = Array.from({ length: objectsPerImage }, () => {
      const [height, width] = [random.between(0.1, 0.6) * size, random.between(0.1, 0.6) * size];
      const [yMin, xMin] = [random.between(0, size - height), random.between(0, size - width)];
      const category = random.integer(categories);
      return { category, yMin, xMin, yMax: yMin + height, xMax: xMin + width };
    });
    return { image: { width: size, height: size, data: new Uint8Array(0) }, objects };
  }
}

/** Standard normal values. */
export function noise(shape: readonly number[]): HostTensor {
  const random = createRandom('noise');
  const size = shape.reduce((product, side) => product * side, 1);
  return hostTensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
}
