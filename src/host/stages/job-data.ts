import { join } from 'node:path';
import type { DataSelection, DatasetRole, PluginUse, TrainingDataUse } from '../../core/plan/stage';
import { RethinkError } from '../../contract';
import {
  openDataset,
  readPseudoClasses,
  readPseudoLabels,
  selectImages,
  type Dataset,
  type PseudoLabels,
} from '../../learning/dataset';
import { artifactFiles, type StageJob } from '../../core/plan/stage-job';
import type { InputAugmentation } from '../../learning/training/input/input-plan';

/** A selection's data set and the indices of its images in it. */
export interface OpenedSelection {
  readonly dataset: Dataset;
  readonly indices: number[];
}

/** @throws what `openRole` throws */
export async function openSelection(job: StageJob, selection: DataSelection): Promise<OpenedSelection> {
  const dataset = await openRole(job, selection.role);
  return { dataset, indices: selectImages(dataset, selection) };
}

/** @throws `STAGE_DATA` when the host gave no location for the role, and what `openDataset` throws */
export async function openRole(job: StageJob, role: DatasetRole): Promise<Dataset> {
  const location = job.datasets[role];
  if (location === undefined) {
    throw new RethinkError('STAGE_DATA', `No location is configured for the ${role} data of this stage.`);
  }
  return openDataset(location);
}

/** The same for a data set in training, with its pseudo-labels where it has some. */
export async function openTrainingUse(
  job: StageJob,
  use: TrainingDataUse,
): Promise<OpenedSelection & { pseudoLabels?: PseudoLabels }> {
  const opened = await openSelection(job, use.selection);
  if (use.pseudoLabels === undefined) return opened;
  const pseudoLabels =
    use.head.type === 'classification'
      ? readPseudoClasses(inputFile(job, use.pseudoLabels, artifactFiles.pseudoClasses))
      : readPseudoLabels(inputFile(job, use.pseudoLabels, artifactFiles.pseudoLabels));
  return { ...opened, pseudoLabels };
}

/** A file of an earlier stage's artifact. */
export function inputFile(job: StageJob, input: string, file: string): string {
  const folder = job.inputFolders[input];
  if (folder === undefined) {
    throw new RethinkError('STAGE_INPUT', `The stage has no input “${input}”.`);
  }
  return join(folder, file);
}

/** The plugin of a stage, for the thread that loads it. */
export function augmentationUse(job: StageJob, { kind, name, options }: PluginUse): InputAugmentation {
  const entry = job.pluginEntries[`${kind}/${name}`];
  if (entry === undefined) {
    throw new RethinkError('STAGE_PLUGIN', `No location is configured for the plugin ${kind}/${name}.`);
  }
  return { kind, name, entry, options };
}
