import { join } from 'node:path';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { roleOf } from '../../core/plan/stage';
import { createSampleSource, type Dataset, type PseudoClassesFile } from '../../learning/dataset';
import {
  artifactFiles,
  type StageJob,
  type StageOutcome,
  type StageServices,
} from '../../core/plan/stage-job';
import { useBackend } from '../../learning/tensor';
import { classifyImages, type ClassifiedImage } from '../../learning/training/classify';
import { inputFile, openSelection } from './job-data';
import { loadHead } from '../../learning/training/load-detector';
import { inferenceOutcome } from './run-detect';
import type { TrainedHead } from '../../learning/training/weights-file';

/**
 * Lets a classifier name images; those it is sure enough of are kept. Where the images have classes of the same
 * names, the share that was named rightly (top-1) is measured; the kept classes never see it.
 */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { stage } = job;
  if (stage.kind !== 'pseudo-class') throw new TypeError(`not a classifying stage: ${stage.kind}`);
  const { detector: spec, images, head: headName, from, scoreThreshold } = stage.parameters;
  await useBackend(job.backend, { threads: job.threads });
  const file = inputFile(job, from, artifactFiles.weights);
  const { weights, head } = await loadHead(file, spec, headName, 'classification');
  const { dataset, indices } = await openSelection(job, images);
  const source = createSampleSource(dataset, indices);
  const result = await classifyImages({
    spec,
    head,
    weights,
    source,
    signal: services.signal,
    onImages: (done) => services.progress({ done, total: source.length, unit: 'image' }),
  });
  const kept = result.images.filter(({ score }) => score >= scoreThreshold);
  const content: PseudoClassesFile = {
    classes: head.labels.map(({ id, name }) => ({ id, name })),
    images: kept.map(({ imageId, category, score }) => ({
      id: imageId,
      class: category,
      score: Number(score.toPrecision(6)),
    })),
  };
  await writeFileAtomically(
    join(job.outputFolder, artifactFiles.pseudoClasses),
    `${JSON.stringify(content)}\n`,
  );
  const truth = trueClasses(dataset, head);
  return {
    ...inferenceOutcome(result, roleOf(images)),
    summary: {
      images: result.images.length,
      kept: kept.length,
      ...(truth && { top1: rightShare(result.images, truth) }),
      ...(truth && kept.length > 0 && { precision: rightShare(kept, truth) }),
    },
  };
}

/** Index of the head's class by image, where the data set's classes are the head's; undefined elsewhere. */
function trueClasses(dataset: Dataset, head: TrainedHead): ReadonlyMap<number, number> | undefined {
  const places = new Map(head.labels.map(({ name }, place) => [name, place]));
  const classes = dataset.categories.map(({ name }) => places.get(name));
  const labelled = dataset.images.filter(({ label }) => label !== undefined);
  if (labelled.length === 0 || classes.some((place) => place === undefined)) return undefined;
  return new Map(labelled.map(({ id, label }) => [id, classes[label!]!]));
}

function rightShare(classified: readonly ClassifiedImage[], truth: ReadonlyMap<number, number>): number {
  const known = classified.filter(({ imageId }) => truth.has(imageId));
  const right = known.filter(({ imageId, category }) => truth.get(imageId) === category);
  return right.length / known.length;
}
