import { join } from 'node:path';
import { type PseudoLabelParameters, roleOf } from '../../core/plan/stage';
import { createSampleSource, openDataset, type Dataset } from '../../learning/dataset';
import {
  CANDIDATE_THRESHOLDS,
  chooseScoreThreshold,
  type CocoDetection,
  type CocoTruth,
  pseudoLabelQuality,
} from '../../evaluation';
import {
  artifactFiles,
  type StageJob,
  type StageOutcome,
  type StageServices,
} from '../../core/plan/stage-job';
import { useBackend } from '../../learning/tensor';
import { detectImages, type DetectedImage } from '../../learning/training/inference';
import { inputFile, openSelection } from './job-data';
import { loadDetector } from '../../learning/training/load-detector';
import { inferenceOutcome, rounded } from './run-detect';
import { writeFileAtomically } from '../../core/files/atomic-file';
import type { NetworkInput } from '../../learning/training/run-network';
import type { TrainedHead } from '../../learning/training/weights-file';

/**
 * Lets a detector label images: detections from the threshold on become labels, those of the band below regions
 * that are neither object nor background. Where the images' truth is known, the labels' quality is measured; the
 * labels themselves never see it.
 */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { stage } = job;
  if (stage.kind !== 'pseudo-label') throw new TypeError(`not a pseudo-labelling stage: ${stage.kind}`);
  const { detector: spec, images, head: headName, from, ignoreThreshold } = stage.parameters;
  await useBackend(job.backend, { threads: job.threads });
  const { weights, head } = await loadDetector(inputFile(job, from, artifactFiles.weights), spec, headName);
  const network = { spec, head, weights, signal: services.signal };
  const choice = await chooseThreshold(job, stage.parameters.scoreThreshold, network);
  const { scoreThreshold } = choice;
  if (choice.isFallback === true) {
    services.logger.warn(
      `the detector finds nothing on the held-out images: labels are made at a score of ${FALLBACK_THRESHOLD}`,
    );
  }
  const { dataset, indices } = await openSelection(job, images);
  const source = createSampleSource(dataset, indices);
  const result = await detectImages({
    ...network,
    source,
    onImages: (done) => services.progress({ done, total: source.length, unit: 'image' }),
  });
  const files = new Map(dataset.images.map(({ id, file }) => [id, file]));
  const annotations = labels(result.images, head, scoreThreshold, ignoreThreshold);
  await writeJson(job, artifactFiles.pseudoLabels, {
    info: { description: `labels of a detector at score ${scoreThreshold} and above` },
    categories: head.labels,
    images: result.images.map(({ imageId, width, height }) => ({
      id: imageId,
      file_name: files.get(imageId),
      width,
      height,
    })),
    annotations,
  });
  const truth = await hiddenTruth(job, dataset, head, new Set(result.images.map(({ imageId }) => imageId)));
  const quality = truth && pseudoLabelQuality(truth, allDetections(result.images, head));
  if (quality !== undefined) {
    await writeJson(job, artifactFiles.pseudoLabelQuality, { scoreThreshold, thresholds: quality });
  }
  const outcome = inferenceOutcome(result, roleOf(images));
  const regions = annotations.filter(({ ignore }) => ignore === 1).length;
  return {
    ...(choice.outcome === undefined ? outcome : mergeOutcomes(choice.outcome, outcome)),
    summary: {
      scoreThreshold,
      images: result.images.length,
      labels: annotations.length - regions,
      ignoredRegions: regions,
      labelledImages: new Set(annotations.filter(({ ignore }) => ignore !== 1).map((a) => a.image_id)).size,
    },
  };
}

/** The paper's, for a detector that finds nothing where a threshold should be chosen. */
const FALLBACK_THRESHOLD = 0.5;

type Outcome = ReturnType<typeof inferenceOutcome>;

interface ThresholdChoice {
  readonly scoreThreshold: number;
  readonly isFallback?: boolean;
  /** What choosing took. */
  readonly outcome?: Outcome;
}

async function chooseThreshold(
  job: StageJob,
  given: PseudoLabelParameters['scoreThreshold'],
  network: Omit<NetworkInput & { head: TrainedHead }, 'source'>,
): Promise<ThresholdChoice> {
  if (typeof given === 'number') return { scoreThreshold: given };
  const { dataset, indices } = await openSelection(job, given.images);
  const source = createSampleSource(dataset, indices);
  const result = await detectImages({ ...network, source });
  const outcome = inferenceOutcome(result, roleOf(given.images));
  const truth = truthOf(dataset, network.head, new Set(result.images.map(({ imageId }) => imageId)));
  const detections = allDetections(result.images, network.head);
  const chosen = truth
    ? chooseScoreThreshold(pseudoLabelQuality(truth, detections, CANDIDATE_THRESHOLDS), given.precision)
    : undefined;
  if (chosen === undefined) return { scoreThreshold: FALLBACK_THRESHOLD, isFallback: true, outcome };
  return { scoreThreshold: chosen, outcome };
}

function mergeOutcomes(a: Outcome, b: Outcome): Outcome {
  const [one, other] = [a.ledger, b.ledger];
  const sum = (x: Readonly<Record<string, number>> = {}, y: Readonly<Record<string, number>> = {}) => {
    const names = [...new Set([...Object.keys(x), ...Object.keys(y)])];
    return Object.fromEntries(names.map((name) => [name, (x[name] ?? 0) + (y[name] ?? 0)]));
  };
  return {
    ledger: {
      flops: one.flops + other.flops,
      flopsByPhase: sum(one.flopsByPhase, other.flopsByPhase),
      unknownKernels: sum(one.unknownKernels, other.unknownKernels),
      deviceSeconds: one.deviceSeconds + other.deviceSeconds,
      secondsByPhase: sum(one.secondsByPhase, other.secondsByPhase),
      imagesSeen: one.imagesSeen + other.imagesSeen,
    },
    imageIds: { ...a.imageIds, ...b.imageIds },
  };
}

function writeJson(job: StageJob, file: string, value: unknown): Promise<void> {
  return writeFileAtomically(join(job.outputFolder, file), `${JSON.stringify(value)}\n`);
}

interface PseudoAnnotation extends CocoDetection {
  id: number;
  area: number;
  iscrowd: 0;
  ignore?: 1;
}

function labels(
  detected: readonly DetectedImage[],
  head: TrainedHead,
  scoreThreshold: number,
  ignoreThreshold = scoreThreshold,
): PseudoAnnotation[] {
  return allDetections(detected, head)
    .filter(({ score, bbox }) => score >= Math.min(scoreThreshold, ignoreThreshold) && bbox[2] * bbox[3] > 0)
    .map((detection, index) => ({
      id: index + 1,
      ...detection,
      area: Number((detection.bbox[2] * detection.bbox[3]).toFixed(3)),
      iscrowd: 0,
      ...(detection.score < scoreThreshold ? { ignore: 1 as const } : {}),
    }));
}

function allDetections(detected: readonly DetectedImage[], head: TrainedHead): CocoDetection[] {
  return detected.flatMap(({ imageId, detections }) =>
    detections.map((detection) => {
      const { bbox, score } = rounded(detection);
      return { image_id: imageId, category_id: head.labels[detection.category]!.id, bbox, score };
    }),
  );
}

/** Truth of the labelled images, where it is known and speaks of the detector's categories. */
async function hiddenTruth(
  job: StageJob,
  own: Dataset,
  head: TrainedHead,
  imageIds: ReadonlySet<number>,
): Promise<CocoTruth | undefined> {
  return truthOf(job.hiddenTruth === undefined ? own : await openDataset(job.hiddenTruth), head, imageIds);
}

function truthOf(dataset: Dataset, head: TrainedHead, imageIds: ReadonlySet<number>): CocoTruth | undefined {
  const known = new Set(dataset.categories.map(({ id, name }) => `${id} ${name}`));
  const isSameTask = head.labels.every(({ id, name }) => known.has(`${id} ${name}`));
  if (!isSameTask || dataset.images.every(({ objects }) => objects.length === 0)) return undefined;
  const ids = new Set(head.labels.map(({ id }) => id));
  const images = dataset.images.filter(({ id }) => imageIds.has(id));
  const annotations = images.flatMap(({ id, objects }) =>
    objects.map(({ xMin, yMin, xMax, yMax, category, crowd }) => ({
      image_id: id,
      category_id: dataset.categories[category]!.id,
      bbox: [xMin, yMin, xMax - xMin, yMax - yMin] as const,
      iscrowd: crowd === true,
    })),
  );
  return {
    images: images.map(({ id, width, height }) => ({ id, width, height })),
    categories: head.labels,
    annotations: annotations
      .filter(({ category_id }) => ids.has(category_id))
      .map((annotation, index) => ({ id: index + 1, ...annotation })),
  };
}
