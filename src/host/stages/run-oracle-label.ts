import { join } from 'node:path';
import { roleOf } from '../../core/plan/stage';
import { artifactFiles, type StageJob, type StageServices } from '../../core/plan/stage-job';
import type { StageOutcome } from '../../core/plan/outcome-schema';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { openDataset } from '../../learning/dataset';
import { openRole, openSelection } from './job-data';

/**
 * Writes the hidden labels of images as a labelling stage writes those of a detector, in the categories of the labelled
 * data; crowds become regions that are neither object nor background. It computes nothing and costs nothing.
 */
export async function run(job: StageJob, services: StageServices): Promise<StageOutcome> {
  const { stage } = job;
  if (stage.kind !== 'oracle-label') throw new TypeError(`not an oracle's stage: ${stage.kind}`);
  const { dataset, indices } = await openSelection(job, stage.parameters.images);
  const truth = job.hiddenTruth === undefined ? dataset : await openDataset(job.hiddenTruth);
  const { categories } = await openRole(job, 'labelled');
  const idOf = new Map(categories.map(({ id, name }) => [name, id]));
  const byId = new Map(truth.images.map((image) => [image.id, image]));
  const images = indices.map((index) => dataset.images[index]!);
  const annotations = images
    .flatMap(({ id }) =>
      byId.get(id)!.objects.map(({ xMin, yMin, xMax, yMax, category, crowd, ignore }) => ({
        image_id: id,
        category_id: idOf.get(truth.categories[category]!.name),
        bbox: [xMin, yMin, xMax - xMin, yMax - yMin],
        area: (xMax - xMin) * (yMax - yMin),
        iscrowd: 0,
        score: 1,
        ...((crowd === true || ignore === true) && { ignore: 1 }),
      })),
    )
    .filter(({ category_id }) => category_id !== undefined)
    .map((annotation, index) => ({ id: index + 1, ...annotation }));
  const file = {
    info: { description: 'hidden labels of the unlabelled images' },
    categories,
    images: images.map(({ id, file: name, width, height }) => ({ id, file_name: name, width, height })),
    annotations,
  };
  await writeFileAtomically(join(job.outputFolder, artifactFiles.pseudoLabels), `${JSON.stringify(file)}\n`);
  services.progress({ done: images.length, total: images.length, unit: 'image' });
  return {
    ledger: {
      flops: 0,
      flopsByPhase: {},
      unknownKernels: {},
      deviceSeconds: 0,
      secondsByPhase: {},
      imagesSeen: images.length,
    },
    imageIds: { [roleOf(stage.parameters.images)]: images.map(({ id }) => id) },
    summary: { images: images.length, labels: annotations.filter(({ ignore }) => ignore !== 1).length },
  };
}
