import { join } from 'node:path';
import { RethinkError } from '../../contract';
import { createSampleSource } from '../../learning/dataset';
import type { CocoDetection } from '../../evaluation';
import {
  artifactFiles,
  checkpointFile,
  type StageJob,
  type StageOutcome,
  type StageServices,
} from '../../core/plan/stage-job';
import { useBackend } from '../../learning/tensor';
import { detectImages, type ImageDetection } from '../../learning/training/inference';
import type { InferenceCost } from '../../learning/training/run-network';
import { inputFile, openSelection } from './job-data';
import { loadDetector } from '../../learning/training/load-detector';
import { readPoint } from '../../learning/training/run-checkpoints';
import { writeFileAtomically } from '../../core/files/atomic-file';

/** Runs a detector over images; leaves a COCO results list with the data set's own ids. */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { stage } = job;
  if (stage.kind !== 'detect') throw new TypeError(`not a detection stage: ${stage.kind}`);
  const { detector: spec, images, head: headName, from, step } = stage.parameters;
  await useBackend(job.backend, { threads: job.threads });
  const point = step === undefined ? undefined : readPoint(inputFile(job, from, ''), step);
  const file = inputFile(job, from, step === undefined ? artifactFiles.weights : checkpointFile(step));
  const { weights, head } = await loadDetector(file, spec, headName);
  const { dataset, indices } = await openSelection(job, images);
  // What the detector learned must be what the truth calls by the same ids.
  const known = new Set(dataset.categories.map(({ id, name }) => `${id} ${name}`));
  const strange = head.labels.filter(({ id, name }) => !known.has(`${id} ${name}`));
  if (strange.length > 0) {
    throw new RethinkError(
      'DETECT_CATEGORIES',
      `The detector knows categories that the ${images.role} data lack: ${strange.map(({ id, name }) => `${id} ${name}`).join(', ')}.`,
      { hint: 'Training and validation annotations need the same categories with the same ids.' },
    );
  }
  const source = createSampleSource(dataset, indices);
  const result = await detectImages({
    spec,
    head,
    weights,
    source,
    signal: services.signal,
    onImages: (done) => services.progress({ done, total: source.length, unit: 'image' }),
  });
  const detections = result.images.flatMap(({ imageId, detections: found }) =>
    found.map((detection) => ({
      image_id: imageId,
      category_id: head.labels[detection.category]!.id,
      ...rounded(detection),
    })),
  );
  await writeFileAtomically(
    join(job.outputFolder, artifactFiles.detections),
    `[${detections.map((detection) => JSON.stringify(detection)).join(',\n')}]\n`,
  );
  return {
    ...inferenceOutcome(result, images.role),
    summary: {
      images: result.images.length,
      detections: detections.length,
      // What the training had taken when it had these weights: with their AP, a point of its curve.
      ...(point && { trainingDeviceSeconds: point.deviceSeconds, trainingWallSeconds: point.wallSeconds }),
    },
  };
}

/** A thousandth of a pixel; scores keep all digits of their 32 bits. */
export function rounded({ bbox, score }: ImageDetection): Pick<CocoDetection, 'bbox' | 'score'> {
  const [x, y, width, height] = bbox.map((value) => Number(value.toFixed(3))) as [
    number,
    number,
    number,
    number,
  ];
  return { bbox: [x, y, width, height], score: Number(score.toPrecision(9)) };
}

export function inferenceOutcome(
  result: InferenceCost & { readonly images: readonly { readonly imageId: number }[] },
  role: string,
): Pick<StageOutcome, 'ledger' | 'imageIds'> {
  return {
    ledger: {
      flops: result.flops,
      flopsByPhase: { inference: result.flops },
      unknownKernels: result.unknownKernels,
      deviceSeconds: result.deviceSeconds,
      secondsByPhase: result.secondsByPhase,
      imagesSeen: result.images.length,
    },
    imageIds: { [role]: result.images.map(({ imageId }) => imageId) },
  };
}
