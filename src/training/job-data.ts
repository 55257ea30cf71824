import { dirname, join } from 'node:path';
import type { DataSelection, PluginUse, TrainingDataUse } from '../benchmark/stage';
import { instantiatePlugin } from '../catalog/instantiate';
import { loadPluginClass } from '../catalog/load';
import { RethinkError, type AugmentationPlugin, type Logger } from '../contract';
import {
  openDataset,
  readPseudoClasses,
  readPseudoLabels,
  selectImages,
  type Dataset,
  type PseudoLabels,
} from '../dataset';
import { artifactFiles, type StageJob } from '../execution/stage-services';

/** A selection's data set and the places of its pictures in it. */
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

/** @throws what the catalogue throws for a plugin that cannot be loaded */
export function loadAugmentation(
  job: StageJob,
  use: PluginUse,
  logger: Logger,
): { name: string; plugin: AugmentationPlugin } {
  const entry = job.pluginEntries[`${use.kind}/${use.name}`];
  if (entry === undefined) {
    throw new RethinkError('STAGE_PLUGIN', `The stage was not told where ${use.kind}/${use.name} lies.`);
  }
  const location = { kind: use.kind, name: use.name, folder: dirname(entry), entry };
  const plugin = instantiatePlugin<AugmentationPlugin>(loadPluginClass(location), use.options, { logger });
  return { name: use.name, plugin };
}
