import { join } from 'node:path';
import type { DataSelection, PluginUse, TrainingDataUse } from '../../core/plan/stage';
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
import type { AugmentationUse } from '../../learning/training/input/input-plan';

/** A selection's data set and the places of its images in it. */
export interface OpenedSelection {
  readonly dataset: Dataset;
  readonly indices: number[];
}

/** @throws `STAGE_DATA` when the host gave no place for the role, and what `openDataset` throws */
export async function openSelection(job: StageJob, selection: DataSelection): Promise<OpenedSelection> {
  const location = job.datasets[selection.role];
  if (location === undefined) {
    throw new RethinkError('STAGE_DATA', `The stage was not told where its ${selection.role} data lie.`);
  }
  const dataset = await openDataset(location);
  return { dataset, indices: selectImages(dataset, selection) };
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
      ? await readPseudoClasses(inputFile(job, use.pseudoLabels, artifactFiles.pseudoClasses))
      : await readPseudoLabels(inputFile(job, use.pseudoLabels, artifactFiles.pseudoLabels));
  return { ...opened, pseudoLabels };
}

/** A file of an earlier stage's artifact. */
export function inputFile(job: StageJob, input: string, file: string): string {
  const folder = job.inputFolders[input];
  if (folder === undefined) {
    throw new RethinkError('STAGE_INPUT', `The stage was not given its input “${input}”.`);
  }
  return join(folder, file);
}

/** The plugin of a stage, for the thread that loads it. */
export function augmentationUse(job: StageJob, { kind, name, options }: PluginUse): AugmentationUse {
  const entry = job.pluginEntries[`${kind}/${name}`];
  if (entry === undefined) {
    throw new RethinkError('STAGE_PLUGIN', `The stage was not told where ${kind}/${name} lies.`);
  }
  return { kind, name, entry, options };
}
