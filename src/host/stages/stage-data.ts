import type { CustomDataUse } from '../../core/plan/stage';
import {
  type AugmentationPlugin,
  createRandom,
  fit,
  type RandomSource,
  type Sample,
  type StageData,
} from '../../contract';
import { createSampleSource, readPseudoLabels } from '../../learning/dataset';
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
      : await readPseudoLabels(inputFile(job, pseudoLabels, artifactFiles.pseudoLabels));
  const source = createSampleSource(dataset, indices, { pseudoLabels: labels });
  const isUnlabelled = labels === undefined && (selection.rest === true || selection.role === 'unlabelled');
  const load = async (place: number): Promise<Sample> => {
    const sample = await source.load(place);
    // Their truth may lie beside the images; a stage must not see it.
    return isUnlabelled ? { image: sample.image, objects: [] } : sample;
  };
  const kept = new Map<number, Sample>();
  const samples = {
    length: source.length,
    imageId: (place: number) => source.imageId(place),
    peek: (place: number) => kept.get(place),
    load: async (place: number) => {
      const sample = await load(place);
      kept.set(place, sample);
      return sample;
    },
  };
  const order = epochOrder(source.length, createRandom(`stage-data/${job.stage.seed}/${name}`));
  const data: StageData = {
    size: source.length,
    sample(place) {
      if (Number.isInteger(place) && place >= 0 && place < source.length) return load(place);
      return Promise.reject(new RangeError(`image ${place} of ${source.length} in data "${name}"`));
    },
    places: (step, count) => Array.from({ length: count }, (_, i) => order(step * count + i).place),
    async augment(sample: Sample, random: RandomSource) {
      if (augmentation === undefined) return fit(sample, size);
      const result = await augmentSample({
        ...augmentation,
        sample,
        imageId: -1,
        size,
        draws: random,
        source: samples,
      });
      kept.clear();
      return result;
    },
  };
  const imageIds = Array.from({ length: source.length }, (_, place) => source.imageId(place));
  return { data, imageIds };
}
