import type { ProbeParameters } from '../../core/plan/stage';
import { RethinkError } from '../../contract';
import { createSampleSource, selectImages, type Dataset } from '../../learning/dataset';
import { describeParameters } from '../../learning/detector/architecture';
import { requireWeights } from '../../learning/detector/weights';
import { evaluate } from '../../evaluation';
import { artifactFiles, type StageJob, type StageServices } from '../../core/plan/stage-job';
import type { StageOutcome } from '../../core/plan/outcome-schema';
import type { Interval } from '../../statistics/bootstrap/intervals';
import { imageIntervals } from '../../statistics/bootstrap/score-intervals';
import { shareInterval } from '../../statistics/bootstrap/share-interval';
import { useBackend } from '../../learning/tensor';
import { classifyImages } from '../../learning/training/classify';
import { type ImageFeatures, pooledFeatures } from '../../learning/training/features';
import { detectImages } from '../../learning/training/inference';
import { linearProbe, linearProbeFlops } from '../../learning/training/linear-probe';
import { loadNetwork } from '../../learning/training/load-network';
import { addNetworkCosts, type InferenceCost } from '../../learning/training/run-network';
import { readWeights } from '../../learning/training/weights-file';
import { cocoDetections, cocoTruth } from './coco';
import { idsOf, inferenceOutcome, passOptions } from './inference-outcome';
import { inputFile, openRole } from './job-data';

interface Measured {
  readonly value: number;
  readonly interval: Interval;
  readonly cost: InferenceCost;
  /** All images that were used, those of a linear probe's training included. */
  readonly imageIds: readonly number[];
}

interface ProbeInput {
  readonly services: StageServices;
  readonly parameters: ProbeParameters;
  readonly file: string;
  readonly dataset: Dataset;
  /** Indices of the held-out images. */
  readonly heldOut: readonly number[];
}

/**
 * Measures what a pre-trained backbone can do in its own task, on images that no stage trains on: the accuracy of its
 * classifier or of a linear one on its features, or the AP of its detector.
 */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { stage } = job;
  if (stage.kind !== 'probe') throw new TypeError(`not a probe: ${stage.kind}`);
  const { parameters } = stage;
  const { role } = parameters.images;
  await useBackend(job.backend, { threads: job.threads });
  const dataset = await openRole(job, role);
  const heldOut = spread(selectImages(dataset, { ...parameters.images, rest: true }), parameters.most);
  const file = inputFile(job, parameters.from, artifactFiles.weights);
  const { value, interval, cost, imageIds } = await measures[parameters.measure]({
    services,
    parameters,
    file,
    dataset,
    heldOut,
  });
  return {
    ...inferenceOutcome(cost, [{ role, imageIds }]),
    summary: {
      measure: parameters.measure,
      value,
      low: interval.low,
      high: interval.high,
      images: heldOut.length,
    },
  };
}

const measures: Readonly<Record<ProbeParameters['measure'], (input: ProbeInput) => Promise<Measured>>> = {
  'top-1': topOne,
  'linear-probe': byLinearProbe,
  AP: averagePrecision,
};

async function topOne({ parameters, file, dataset, heldOut, services }: ProbeInput): Promise<Measured> {
  const { detector: spec, head: name } = parameters;
  const network = await loadNetwork(file, spec, name!, 'classification');
  const source = createSampleSource(dataset, heldOut);
  const cost = await classifyImages({ spec, ...network, source, ...passOptions(services, source.length) });
  const labels = new Map(heldOut.map((index) => [dataset.images[index]!.id, dataset.images[index]!.label]));
  const correct = cost.images.filter(({ imageId, category }) => labels.get(imageId) === category).length;
  return { ...accuracy(correct, heldOut.length), cost, imageIds: idsOf(cost.images) };
}

async function byLinearProbe(input: ProbeInput): Promise<Measured> {
  const { parameters, dataset, heldOut } = input;
  const training = spread(selectImages(dataset, parameters.images), parameters.most);
  const { train, test } = await featuresOf(input, training);
  const start = performance.now();
  const { dimensions } = train;
  const classes = dataset.categories.length;
  const predicted = await linearProbe(train, test, { dimensions, classes });
  const probeSeconds = (performance.now() - start) / 1000;
  const correct = predicted.reduce((sum, category, i) => sum + (category === test.labels[i] ? 1 : 0), 0);
  const probeCost: InferenceCost = {
    flops: linearProbeFlops(training.length, heldOut.length, dimensions, classes),
    unknownKernels: {},
    deviceSeconds: probeSeconds,
    secondsByPhase: { probe: probeSeconds },
  };
  return {
    ...accuracy(correct, heldOut.length),
    cost: addNetworkCosts(addNetworkCosts(train, test), probeCost),
    imageIds: [...train.imageIds, ...test.imageIds],
  };
}

async function featuresOf(
  { parameters: { detector: spec }, file, dataset, heldOut, services }: ProbeInput,
  training: readonly number[],
): Promise<Record<'train' | 'test', ImageFeatures>> {
  const { tensors } = await readWeights(file);
  const weights = requireWeights(describeParameters(spec, []), tensors, {
    file,
    mayHave: (name) => name.startsWith('head.') || name.startsWith('fpn.'),
  });
  const total = training.length + heldOut.length;
  const featuresOfImages = (indices: readonly number[], before: number) => {
    const source = createSampleSource(dataset, indices);
    return pooledFeatures({ spec, weights, source, ...passOptions(services, total, before) });
  };
  const train = await featuresOfImages(training, 0);
  return { train, test: await featuresOfImages(heldOut, training.length) };
}

async function averagePrecision(input: ProbeInput): Promise<Measured> {
  const { parameters, file, dataset, heldOut, services } = input;
  const { detector: spec, head: name } = parameters;
  const network = await loadNetwork(file, spec, name!);
  const source = createSampleSource(dataset, heldOut);
  const cost = await detectImages({ spec, ...network, source, ...passOptions(services, source.length) });
  const truth = cocoTruth(
    dataset,
    heldOut.map((index) => dataset.images[index]!),
  );
  const evaluation = evaluate(truth, cocoDetections(cost.images, network.head));
  const { AP } = evaluation.stats;
  if (AP === null) {
    throw new RethinkError('PROBE_NO_TRUTH', 'No held-out image has an object, so there is no AP.', {
      hint: 'Hold out a larger share: evaluation.heldOut in the benchmark file.',
    });
  }
  return {
    value: AP,
    interval: imageIntervals(evaluation).intervals.scores.AP!,
    cost,
    imageIds: idsOf(cost.images),
  };
}

function accuracy(correct: number, count: number): Pick<Measured, 'value' | 'interval'> {
  return { value: correct / count, interval: shareInterval(correct, count) };
}

/** At most so many, evenly spaced: images of a class are neighbours. */
function spread(indices: readonly number[], most: number): number[] {
  if (indices.length <= most) return [...indices];
  return Array.from({ length: most }, (_, i) => indices[Math.floor(((i + 0.5) * indices.length) / most)]!);
}
