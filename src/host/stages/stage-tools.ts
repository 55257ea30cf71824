import { join } from 'node:path';
import type { CustomParameters } from '../../core/plan/stage';
import { roleOf } from '../../core/plan/stage';
import type { StageData } from '../../contract';
import { artifactFiles, type StageJob, type StageServices } from '../../core/plan/stage-job';
import { useBackend } from '../../learning/tensor';
import { loadAugmentation } from '../../learning/training/input/fill-inputs';
import { augmentationUse } from './job-data';
import { openDataset } from '../../learning/dataset';
import { openStageData } from './stage-data';
import { HostTrainer } from '../../learning/training/trainer';
import { readWeights } from '../../learning/training/weights-file';

/** The parts of the host's training that a custom stage may use. */
export interface StageTools {
  readonly data: Readonly<Record<string, StageData>>;
  readonly trainer?: HostTrainer;
  /** Images that the stage may read, by role; all of them count as seen. */
  readonly imageIds: Readonly<Record<string, readonly number[]>>;
}

export async function openStageTools(job: StageJob, services: StageServices): Promise<StageTools> {
  const { stage } = job;
  if (stage.kind !== 'custom') throw new TypeError(`not a custom stage: ${stage.kind}`);
  const { parameters } = stage;
  const trainer = parameters.trainer && (await openTrainer(job, parameters.trainer, services));
  const augmentation =
    parameters.augmentation &&
    loadAugmentation(augmentationUse(job, parameters.augmentation), services.logger);
  const data: Record<string, StageData> = {};
  const imageIds: Record<string, number[]> = {};
  for (const [name, use] of Object.entries(parameters.data ?? {})) {
    const opened = await openStageData(job, use, { name, size: parameters.size!, augmentation });
    data[name] = opened.data;
    const role = roleOf(use.selection);
    imageIds[role] = [...new Set([...(imageIds[role] ?? []), ...opened.imageIds])].sort((a, b) => a - b);
  }
  return { data, trainer, imageIds };
}

async function openTrainer(
  job: StageJob,
  parameters: NonNullable<CustomParameters['trainer']>,
  { logger, signal }: StageServices,
): Promise<HostTrainer> {
  await useBackend(job.backend, { threads: job.threads });
  const from =
    parameters.from === undefined
      ? undefined
      : await readWeights(join(job.inputFolders[parameters.from]!, artifactFiles.weights));
  return HostTrainer.create({
    parameters,
    seed: job.stage.seed,
    stageKey: job.stage.key,
    resumeFolder: job.resumeFolder,
    from: from?.tensors,
    labels: from?.heads.find(({ name }) => name === 'labelled')?.labels ?? (await labelsOf(job)),
    logger,
    signal,
  });
}

async function labelsOf({ datasets }: StageJob) {
  const { categories } = await openDataset(datasets.labelled!);
  return categories.map(({ id, name }) => ({ id, name }));
}
