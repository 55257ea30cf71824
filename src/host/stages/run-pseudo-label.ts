import { join } from 'node:path';
import type { PseudoLabelParameters } from '../../core/plan/stage';
import { roleOf } from '../../core/plan/stage';
import { createSampleSource, openDataset, type Dataset } from '../../learning/dataset';
import {
  CANDIDATE_THRESHOLDS,
  chooseScoreThreshold,
  type CocoDetection,
  type CocoTruth,
  pseudoLabelQuality,
} from '../../evaluation';
import { artifactFiles, type StageJob, type StageServices } from '../../core/plan/stage-job';
import type { StageOutcome } from '../../core/plan/outcome-schema';
import { useBackend } from '../../learning/tensor';
import { detectImages } from '../../learning/training/inference';
import { type LoadedNetwork, loadNetwork } from '../../learning/training/load-network';
import { addNetworkCosts, type InferenceCost } from '../../learning/training/run-network';
import type { TrainedHead } from '../../learning/training/weights-file';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { cocoDetections, cocoTruth } from './coco';
import { idsOf, inferenceOutcome, passOptions, type SeenImages } from './inference-outcome';
import { inputFile, openSelection } from './job-data';

/** The paper's, for a detector that finds nothing where a threshold should be chosen. */
const FALLBACK_THRESHOLD = 0.5;

/**
 * Lets a detector label images: detections from the threshold on become labels, those of the band below become regions
 * that are neither object nor background. Where the ground truth of the images is known, the quality of the labels is
 * measured; the labels themselves never see it.
 */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { stage } = job;
  if (stage.kind !== 'pseudo-label') throw new TypeError(`not a pseudo-labelling stage: ${stage.kind}`);
  const { detector: spec, images, head: headName, from, ignoreThreshold } = stage.parameters;
  await useBackend(job.backend, { threads: job.threads });
  const network = await loadNetwork(inputFile(job, from, artifactFiles.weights), spec, headName);
  const { head } = network;
  const choice = await chooseThreshold(job, services, stage.parameters, network);
  const { scoreThreshold } = choice;
  const { dataset, indices } = await openSelection(job, images);
  const source = createSampleSource(dataset, indices);
  const result = await detectImages({ spec, ...network, source, ...passOptions(services, source.length) });
  const detections = cocoDetections(result.images, head);
  const annotations = labels(detections, scoreThreshold, ignoreThreshold);
  const files = new Map(dataset.images.map(({ id, file }) => [id, file]));
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
  const imageIds = idsOf(result.images);
  const labelled = job.hiddenTruth === undefined ? dataset : await openDataset(job.hiddenTruth);
  const truth = truthOf(labelled, head, imageIds);
  if (truth !== undefined) {
    const thresholds = pseudoLabelQuality(truth, detections);
    await writeJson(job, artifactFiles.pseudoLabelQuality, { scoreThreshold, thresholds });
  }
  const regions = annotations.filter(({ ignore }) => ignore === 1).length;
  return {
    ...inferenceOutcome(choice.cost === undefined ? result : addNetworkCosts(choice.cost, result), [
      ...choice.seen,
      { role: roleOf(images), imageIds },
    ]),
    summary: {
      scoreThreshold,
      images: result.images.length,
      labels: annotations.length - regions,
      ignoredRegions: regions,
      labelledImages: new Set(annotations.filter(({ ignore }) => ignore !== 1).map((a) => a.image_id)).size,
    },
  };
}

interface ThresholdChoice {
  readonly scoreThreshold: number;
  /** What choosing took. */
  readonly cost?: InferenceCost;
  readonly seen: readonly SeenImages[];
}

async function chooseThreshold(
  job: StageJob,
  { signal, logger }: StageServices,
  { scoreThreshold: given, detector: spec }: PseudoLabelParameters,
  network: LoadedNetwork,
): Promise<ThresholdChoice> {
  if (typeof given === 'number') return { scoreThreshold: given, seen: [] };
  const { dataset, indices } = await openSelection(job, given.images);
  const source = createSampleSource(dataset, indices);
  const result = await detectImages({ spec, ...network, source, signal });
  const imageIds = idsOf(result.images);
  const truth = truthOf(dataset, network.head, imageIds);
  const detections = cocoDetections(result.images, network.head);
  const chosen =
    truth &&
    chooseScoreThreshold(pseudoLabelQuality(truth, detections, CANDIDATE_THRESHOLDS), given.precision);
  if (chosen === undefined) {
    logger.warn(
      `The detector finds nothing on the held-out images; labels are made at a score of ${FALLBACK_THRESHOLD}.`,
    );
  }
  return {
    scoreThreshold: chosen ?? FALLBACK_THRESHOLD,
    cost: result,
    seen: [{ role: roleOf(given.images), imageIds }],
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
  detections: readonly CocoDetection[],
  scoreThreshold: number,
  ignoreThreshold = scoreThreshold,
): PseudoAnnotation[] {
  return detections
    .filter(({ score, bbox }) => score >= Math.min(scoreThreshold, ignoreThreshold) && bbox[2] * bbox[3] > 0)
    .map((detection, index) => ({
      id: index + 1,
      ...detection,
      area: Number((detection.bbox[2] * detection.bbox[3]).toFixed(3)),
      iscrowd: 0,
      ...(detection.score < scoreThreshold ? { ignore: 1 as const } : {}),
    }));
}

/** Ground truth of the images in the detector's categories; undefined where it is unknown or has other categories. */
function truthOf(dataset: Dataset, head: TrainedHead, imageIds: readonly number[]): CocoTruth | undefined {
  const known = new Set(dataset.categories.map(({ id, name }) => `${id} ${name}`));
  const isSameTask = head.labels.every(({ id, name }) => known.has(`${id} ${name}`));
  if (!isSameTask || dataset.images.every(({ objects }) => objects.length === 0)) return undefined;
  const own = new Set(head.labels.map(({ id }) => id));
  const ids = new Set(imageIds);
  const isOwn = ({ category }: { category: number }) => own.has(dataset.categories[category]!.id);
  const images = dataset.images
    .filter(({ id }) => ids.has(id))
    .map((image) => ({ ...image, objects: image.objects.filter(isOwn) }));
  return { ...cocoTruth(dataset, images), categories: head.labels };
}
