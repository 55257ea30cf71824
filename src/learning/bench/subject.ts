import { createRandom, type Sample } from '../../contract';
import { featureGrid, generateAnchors } from '../detector/anchors';
import { efficientNetVariants } from '../detector/backbones/efficientnet';
import type { HeadSpec } from '../detector/heads';
import { describeParameters } from '../detector/architecture';
import { detectorSpec, type BackboneSpec, type DetectorSpec } from '../../core/plan/detector-spec';
import { hostTensor, type HostTensor } from '../tensor';
import { detectionTargets } from '../training/batch-inputs';
import { branchMask } from '../training/drop-branches';
import { scheduleSpec } from '../../core/plan/schedule';
import type { SpeedOptions } from './options';
import type { TrainingSetUp } from '../training/step/training-set-up';

const plainChannels = [16, 24, 48, 64, 96];
const objectsPerImage = 8;

/** The network that the options describe. */
export function speedSubject(options: SpeedOptions): { spec: DetectorSpec; head: HeadSpec } {
  const { size, fpnChannels, headConvolutions, detector, classes } = options;
  const spec = detectorSpec.parse({ backbone: backboneOf(options), size, fpnChannels, headConvolutions });
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
    images: noise([imageCount, spec.size, spec.size, 3]),
    ...targets(),
    ...(branches === undefined ? {} : { branches }),
    // So small that the weights keep their initial values: numbers near zero would be slower, exploding ones too.
    learningRate: 1e-4,
    updateNumber: 1,
  };

  function targets(): Record<string, HostTensor> {
    if (head.type === 'classification') {
      const labels = Int32Array.from({ length: imageCount }, () => random.integer(head.categories));
      return { 'labels.0': hostTensor(labels, [imageCount]) };
    }
    const anchors = generateAnchors(spec, featureGrid(spec, spec.size, spec.size));
    const samples = Array.from({ length: imageCount }, () => randomSample(spec, head.categories));
    const { classTargets, boxTargets } = detectionTargets(samples, anchors, spec);
    return { 'classTargets.0': classTargets, 'boxTargets.0': boxTargets };
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
