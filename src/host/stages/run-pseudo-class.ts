import { join } from 'node:path';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { roleOf } from '../../core/plan/stage';
import { createSampleSource, type Dataset, type PseudoClassesFile } from '../../learning/dataset';
import { artifactFiles, type StageJob, type StageServices } from '../../core/plan/stage-job';
import type { StageOutcome } from '../../core/plan/outcome-schema';
import { useBackend } from '../../learning/tensor';
import { classifyImages, type ClassifiedImage } from '../../learning/training/classify';
import { inputFile, openSelection } from './job-data';
import { loadNetwork } from '../../learning/training/load-network';
import { idsOf, inferenceOutcome, passOptions } from './inference-outcome';
import type { TrainedHead } from '../../learning/training/weights-file';

/**
 * Lets a classifier label images; those of a sufficient score are kept. Where the images have classes of the same
 * names, the share of correct labels (top-1) is measured; the kept classes never see it.
 */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { stage } = job;
  if (stage.kind !== 'pseudo-class') throw new TypeError(`not a classifying stage: ${stage.kind}`);
  const { detector: spec, images, head: headName, from, scoreThreshold } = stage.parameters;
  await useBackend(job.backend, { threads: job.threads });
  const file = inputFile(job, from, artifactFiles.weights);
  const { weights, head } = await loadNetwork(file, spec, headName, 'classification');
  const { dataset, indices } = await openSelection(job, images);
  const source = createSampleSource(dataset, indices);
  const result = await classifyImages({
    spec,
    head,
    weights,
    source,
    ...passOptions(services, source.length),
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
    ...inferenceOutcome(result, [{ role: roleOf(images), imageIds: idsOf(result.images) }]),
    summary: {
      images: result.images.length,
      kept: kept.length,
      ...(truth && { top1: correctShare(result.images, truth) }),
      ...(truth && kept.length > 0 && { precision: correctShare(kept, truth) }),
    },
  };
}

/** Index of the head's class by image, where the data set's classes are the head's; undefined elsewhere. */
function trueClasses(dataset: Dataset, head: TrainedHead): ReadonlyMap<number, number> | undefined {
  const indices = new Map(head.labels.map(({ name }, index) => [name, index]));
  const classes = dataset.categories.map(({ name }) => indices.get(name));
  const labelled = dataset.images.filter(({ label }) => label !== undefined);
  if (labelled.length === 0 || classes.some((index) => index === undefined)) return undefined;
  return new Map(labelled.map(({ id, label }) => [id, classes[label!]!]));
}

function correctShare(classified: readonly ClassifiedImage[], truth: ReadonlyMap<number, number>): number {
  const known = classified.filter(({ imageId }) => truth.has(imageId));
  const correct = known.filter(({ imageId, category }) => truth.get(imageId) === category);
  return correct.length / known.length;
}
