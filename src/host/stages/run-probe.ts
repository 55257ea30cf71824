import type { ProbeParameters } from '../../core/plan/stage';
import { RethinkError } from '../../contract';
import { createSampleSource, openDataset, selectImages, type Dataset } from '../../learning/dataset';
import { describeParameters } from '../../learning/detector/architecture';
import { requireWeights } from '../../learning/detector/weights';
import { evaluate, type CocoTruth } from '../../evaluation';
import {
  artifactFiles,
  type StageJob,
  type StageOutcome,
  type StageServices,
} from '../../core/plan/stage-job';
import type { Interval } from '../../statistics/bootstrap/intervals';
import { imageIntervals } from '../../statistics/bootstrap/score-intervals';
import { shareInterval } from '../../statistics/bootstrap/share-interval';
import { useBackend } from '../../learning/tensor';
import { classifyImages } from '../../learning/training/classify';
import { type ImageFeatures, pooledFeatures } from '../../learning/training/features';
import { detectImages } from '../../learning/training/inference';
import { inputFile } from './job-data';
import { linearProbe, linearProbeFlops } from '../../learning/training/linear-probe';
import { loadDetector, loadHead } from '../../learning/training/load-detector';
import { inferenceOutcome, rounded } from './run-detect';
import type { InferenceCost } from '../../learning/training/run-network';
import { readWeights } from '../../learning/training/weights-file';

interface Measured {
  readonly value: number;
  readonly interval: Interval;
  readonly cost: InferenceCost;
  /** Images that were looked at, those of a linear probe's training included. */
  readonly imageIds: readonly number[];
  /** Images that the value was measured on. */
  readonly images: number;
}

interface ProbeInput {
  readonly job: StageJob;
  readonly services: StageServices;
  readonly parameters: ProbeParameters;
  readonly weights: string;
  readonly dataset: Dataset;
  /** Held-out images, as places in the data set. */
  readonly heldOut: readonly number[];
}

/**
 * Measures what a pre-trained backbone can do in its own task, on images that no stage trains on: the share that its
 * classifier, or a linear one on its features, names rightly, or the AP of its detector.
 */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { stage } = job;
  if (stage.kind !== 'probe') throw new TypeError(`not a probe: ${stage.kind}`);
  const { parameters } = stage;
  await useBackend(job.backend, { threads: job.threads });
  const { role } = parameters.images;
  const location = job.datasets[role];
  if (location === undefined) {
    throw new RethinkError('STAGE_DATA', `The stage was not told where its ${role} data lie.`);
  }
  const dataset = await openDataset(location);
  const heldOut = spread(selectImages(dataset, { ...parameters.images, rest: true }), parameters.most);
  const weights = inputFile(job, parameters.from, artifactFiles.weights);
  const input: ProbeInput = { job, services, parameters, weights, dataset, heldOut };
  const measured = await measures[parameters.measure](input);
  const { value, interval, cost, imageIds, images: imageCount } = measured;
  return {
    ...inferenceOutcome({ ...cost, images: imageIds.map((imageId) => ({ imageId })) }, role),
    summary: {
      measure: parameters.measure,
      value,
      low: interval.low,
      high: interval.high,
      images: imageCount,
    },
  };
}

const measures: Readonly<Record<ProbeParameters['measure'], (input: ProbeInput) => Promise<Measured>>> = {
  'top-1': topOne,
  'linear-probe': byLinearProbe,
  AP: averagePrecision,
};

async function topOne({
  parameters,
  weights: file,
  dataset,
  heldOut,
  services,
}: ProbeInput): Promise<Measured> {
  const { detector: spec, head: name } = parameters;
  const { weights, head } = await loadHead(file, spec, name!, 'classification');
  const source = createSampleSource(dataset, heldOut);
  const cost = await classifyImages({ spec, head, weights, source, ...watching(services, source.length) });
  const labels = new Map(heldOut.map((index) => [dataset.images[index]!.id, dataset.images[index]!.label]));
  const right = cost.images.filter(({ imageId, category }) => labels.get(imageId) === category).length;
  return rightly(right, heldOut.length, cost, idsOf(dataset, heldOut));
}

async function byLinearProbe(input: ProbeInput): Promise<Measured> {
  const { parameters, weights: file, dataset, heldOut, services } = input;
  const { detector: spec } = parameters;
  const { tensors } = await readWeights(file);
  const weights = requireWeights(describeParameters(spec, []), tensors, {
    file,
    mayHave: (name) => name.startsWith('head.') || name.startsWith('fpn.'),
  });
  const training = spread(selectImages(dataset, parameters.images), parameters.most);
  const total = training.length + heldOut.length;
  const featuresOf = (places: readonly number[], before: number) =>
    pooledFeatures({
      spec,
      weights,
      source: createSampleSource(dataset, places),
      signal: services.signal,
      onImages: (done) => services.progress({ done: before + done, total, unit: 'image' }),
    });
  const train = await featuresOf(training, 0);
  const test = await featuresOf(heldOut, training.length);
  const start = performance.now();
  const { dimensions } = train;
  const classes = dataset.categories.length;
  const named = await linearProbe(train, test, { dimensions, classes });
  const probeSeconds = (performance.now() - start) / 1000;
  const right = named.reduce((sum, category, i) => sum + (category === test.labels[i] ? 1 : 0), 0);
  const flops = linearProbeFlops(training.length, heldOut.length, dimensions, classes);
  const cost = together(train, test);
  return rightly(
    right,
    heldOut.length,
    {
      ...cost,
      flops: cost.flops + flops,
      deviceSeconds: cost.deviceSeconds + probeSeconds,
      secondsByPhase: { ...cost.secondsByPhase, probe: probeSeconds },
    },
    [...train.imageIds, ...test.imageIds],
  );
}

async function averagePrecision(input: ProbeInput): Promise<Measured> {
  const { parameters, weights: file, dataset, heldOut, services } = input;
  const { detector: spec, head: name } = parameters;
  const { weights, head } = await loadDetector(file, spec, name!);
  const source = createSampleSource(dataset, heldOut);
  const cost = await detectImages({ spec, head, weights, source, ...watching(services, source.length) });
  const detections = cost.images.flatMap(({ imageId, detections: found }) =>
    found.map((detection) => ({
      image_id: imageId,
      category_id: head.labels[detection.category]!.id,
      ...rounded(detection),
    })),
  );
  const evaluation = evaluate(truthOf(dataset, heldOut), detections);
  const { AP } = evaluation.stats;
  if (AP === null) {
    throw new RethinkError('PROBE_NO_TRUTH', 'no held-out image has an object, so there is no AP', {
      hint: 'hold out a larger share: evaluation.heldOut in the benchmark file',
    });
  }
  return {
    value: AP,
    interval: imageIntervals(evaluation).intervals.scores.AP!,
    cost,
    imageIds: idsOf(dataset, heldOut),
    images: heldOut.length,
  };
}

function truthOf({ images, categories }: Dataset, places: readonly number[]): CocoTruth {
  const chosen = places.map((place) => images[place]!);
  return {
    images: chosen.map(({ id, width, height }) => ({ id, width, height })),
    categories,
    annotations: chosen
      .flatMap(({ id, objects }) =>
        objects.map(({ xMin, yMin, xMax, yMax, category, crowd }) => ({
          image_id: id,
          category_id: categories[category]!.id,
          bbox: [xMin, yMin, xMax - xMin, yMax - yMin] as const,
          iscrowd: crowd === true,
        })),
      )
      .map((annotation, index) => ({ id: index + 1, ...annotation })),
  };
}

function rightly(right: number, count: number, cost: InferenceCost, imageIds: readonly number[]): Measured {
  return { value: right / count, interval: shareInterval(right, count), cost, imageIds, images: count };
}

function watching(services: StageServices, total: number) {
  return {
    signal: services.signal,
    onImages: (done: number) => services.progress({ done, total, unit: 'image' }),
  };
}

const idsOf = ({ images }: Dataset, places: readonly number[]) => places.map((place) => images[place]!.id);

/** Evenly spaced ones where there are more than wanted: images of a class lie together. */
function spread(places: readonly number[], most: number): number[] {
  if (places.length <= most) return [...places];
  return Array.from({ length: most }, (_, i) => places[Math.floor(((i + 0.5) * places.length) / most)]!);
}

function together(a: ImageFeatures, b: ImageFeatures): InferenceCost {
  const sum = (x: Readonly<Record<string, number>>, y: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(x).map(([key, value]) => [key, value + (y[key] ?? 0)]));
  return {
    flops: a.flops + b.flops,
    unknownKernels: sum(a.unknownKernels, b.unknownKernels),
    deviceSeconds: a.deviceSeconds + b.deviceSeconds,
    secondsByPhase: sum(a.secondsByPhase, b.secondsByPhase),
  };
}
