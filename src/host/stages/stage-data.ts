import type { CustomDataUse } from '../../core/plan/stage';
import { type AugmentationPlugin, createRandom, fit, type Sample, type StageData } from '../../contract';
import { createSampleSource, readPseudoLabels, type SampleSource } from '../../learning/dataset';
import { augmentSample } from '../../learning/dataset/augment';
import { epochOrder } from '../../learning/dataset/batches';
import { artifactFiles, type StageJob } from '../../core/plan/stage-job';
import { inputFile, openSelection } from './job-data';

export interface OpenedStageData {
  readonly data: StageData;
  readonly imageIds: readonly number[];
}

export interface StageDataSetting {
  readonly name: string;
  /** Side of the square input. */
  readonly size: number;
  readonly augmentation?: { readonly name: string; readonly plugin: AugmentationPlugin };
}

/** Opens images for a stage of a plugin's own, as the host's own stages would see them. */
export async function openStageData(
  job: StageJob,
  { selection, pseudoLabels }: CustomDataUse,
  { name, size, augmentation }: StageDataSetting,
): Promise<OpenedStageData> {
  const { dataset, indices } = await openSelection(job, selection);
  const labels =
    pseudoLabels === undefined
      ? undefined
      : readPseudoLabels(inputFile(job, pseudoLabels, artifactFiles.pseudoLabels));
  const source = createSampleSource(dataset, indices, { pseudoLabels: labels });
  const isUnlabelled = labels === undefined && (selection.rest === true || selection.role === 'unlabelled');
  const load = async (index: number): Promise<Sample> => {
    const sample = await source.load(index);
    // The images may have annotations; a stage must not see them.
    return isUnlabelled ? { image: sample.image, objects: [] } : sample;
  };
  const order = epochOrder(source.length, createRandom(`stage-data/${job.stage.seed}/${name}`));
  const augment = augmentation && createAugmenter({ ...augmentation, size }, source, load);
  const data: StageData = {
    size: source.length,
    sample(index) {
      if (Number.isInteger(index) && index >= 0 && index < source.length) return load(index);
      return Promise.reject(new RangeError(`image ${index} of ${source.length} in data "${name}"`));
    },
    indices: (step, count) => Array.from({ length: count }, (_, i) => order(step * count + i).index),
    augment: async (sample, random) => augment?.(sample, random) ?? fit(sample, size),
  };
  const imageIds = Array.from({ length: source.length }, (_, index) => source.imageId(index));
  return { data, imageIds };
}

/** Applies a plugin to samples; those that it asks for beside them are loaded once for each. */
function createAugmenter(
  augmentation: { readonly name: string; readonly plugin: AugmentationPlugin; readonly size: number },
  samples: SampleSource,
  load: (index: number) => Promise<Sample>,
): StageData['augment'] {
  const loaded = new Map<number, Sample>();
  const source = {
    length: samples.length,
    imageId: (index: number) => samples.imageId(index),
    peek: (index: number) => loaded.get(index),
    load: async (index: number) => {
      const sample = await load(index);
      loaded.set(index, sample);
      return sample;
    },
  };
  return async (sample, random) => {
    const result = await augmentSample({ ...augmentation, sample, imageId: -1, random, source });
    loaded.clear();
    return result;
  };
}
