import { join } from 'node:path';
import { RethinkError } from '../../contract';
import { createSampleSource, type Dataset } from '../../learning/dataset';
import { artifactFiles, checkpointFile, type StageJob, type StageServices } from '../../core/plan/stage-job';
import type { StageOutcome } from '../../core/plan/outcome-schema';
import { useBackend } from '../../learning/tensor';
import { detectImages } from '../../learning/training/inference';
import { inputFile, openSelection } from './job-data';
import { loadNetwork } from '../../learning/training/load-network';
import { readRunCheckpoint } from '../../learning/training/run-checkpoints';
import type { TrainedHead } from '../../learning/training/weights-file';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { cocoDetections } from './coco';
import { idsOf, inferenceOutcome, passOptions } from './inference-outcome';

/** Runs a detector over images; leaves a COCO results list with the data set's own ids. */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { stage } = job;
  if (stage.kind !== 'detect') throw new TypeError(`not a detection stage: ${stage.kind}`);
  const { detector: spec, images, head: headName, from, step } = stage.parameters;
  await useBackend(job.backend, { threads: job.threads });
  const checkpoint = step === undefined ? undefined : readRunCheckpoint(inputFile(job, from, ''), step);
  const file = inputFile(job, from, step === undefined ? artifactFiles.weights : checkpointFile(step));
  const { weights, head } = await loadNetwork(file, spec, headName);
  const { dataset, indices } = await openSelection(job, images);
  checkCategories(dataset, head, images.role);
  const source = createSampleSource(dataset, indices);
  const result = await detectImages({ spec, head, weights, source, ...passOptions(services, source.length) });
  const detections = cocoDetections(result.images, head);
  await writeFileAtomically(
    join(job.outputFolder, artifactFiles.detections),
    `[${detections.map((detection) => JSON.stringify(detection)).join(',\n')}]\n`,
  );
  return {
    ...inferenceOutcome(result, [{ role: images.role, imageIds: idsOf(result.images) }]),
    summary: {
      images: result.images.length,
      detections: detections.length,
      // What the training had taken at this step: together with the AP, a point of the learning curve.
      ...(checkpoint && {
        trainingDeviceSeconds: checkpoint.deviceSeconds,
        trainingWallSeconds: checkpoint.wallSeconds,
      }),
    },
  };
}

/** Ids and names must mean the same in training and validation data. */
function checkCategories(dataset: Dataset, head: TrainedHead, role: string): void {
  const known = new Set(dataset.categories.map(({ id, name }) => `${id} ${name}`));
  const unknown = head.labels.map(({ id, name }) => `${id} ${name}`).filter((label) => !known.has(label));
  if (unknown.length === 0) return;
  throw new RethinkError(
    'DETECT_CATEGORIES',
    `The detector knows categories that the ${role} data lack: ${unknown.join(', ')}.`,
    { hint: 'Training and validation annotations need the same categories with the same ids.' },
  );
}
