import { viewsOf, type TrainingDataUse } from '../benchmark/stage';
import { RethinkError, type AugmentationPlugin } from '../contract';
import { featureGrid, generateAnchors } from '../detector/anchors';
import type { DetectorSpec } from '../detector/spec';
import { hostTensor, type HostTensor } from '../tensor';
import {
  createBatches,
  createSampleSource,
  ImageCache,
  type Batch,
  type Category,
  type Dataset,
  type PseudoLabels,
  type SampleSource,
} from '../dataset';
import { detectionTargets, scalePixels } from './batch-inputs';
import type { TrainingPart } from './step/train-step';

/** A data set of a training stage, opened. */
export interface OpenedData {
  readonly use: TrainingDataUse;
  readonly source: SampleSource;
  readonly part: TrainingPart;
  /** Place in the stage's list, which seeds its order. */
  readonly index: number;
}

/** What is needed to open the stage's data. */
export interface TrainingDataRequest {
  readonly uses: readonly TrainingDataUse[];
  /** Pictures of a step for a share of 1. */
  readonly batch: number;
  readonly open: (
    use: TrainingDataUse,
  ) => Promise<{ dataset: Dataset; indices: number[]; pseudoLabels?: PseudoLabels }>;
}

/**
 * Opens all data sets of a stage, detection before classification and equal heads side by side, as the step wants it.
 * @throws RethinkError `HEAD_CATEGORIES` when a head and its data disagree
 */
export async function openTrainingData({ uses, batch, open }: TrainingDataRequest): Promise<OpenedData[]> {
  const cache = new ImageCache();
  const opened = await Promise.all(
    uses.map(async (use, index): Promise<OpenedData> => {
      const { dataset, indices, pseudoLabels } = await open(use);
      const source = createSampleSource(dataset, indices, { pseudoLabels, cache });
      checkCategories(use, source.categories);
      const pictures = Math.max(1, Math.round(batch * use.share)) * viewsOf(use.head.type);
      return { use, source, index, part: { head: use.head, pictures, weight: use.weight } };
    }),
  );
  return opened.sort(
    (a, b) => typeOrder(a) - typeOrder(b) || headOrder(a, opened) - headOrder(b, opened) || a.index - b.index,
  );
}

function typeOrder({ use }: OpenedData): number {
  return use.head.type === 'detection' ? 0 : 1;
}

function headOrder({ use }: OpenedData, all: readonly OpenedData[]): number {
  return Math.min(...all.filter((other) => other.use.head.name === use.head.name).map(({ index }) => index));
}

function checkCategories({ head, selection }: TrainingDataUse, categories: readonly Category[]): void {
  if (head.type === 'contrastive' || categories.length === head.categories) return;
  throw new RethinkError(
    'HEAD_CATEGORIES',
    `The head “${head.name}” has ${head.categories} categories, its ${selection.role} data ${categories.length}.`,
    { hint: 'The data set changed after the plan was made; plan again.' },
  );
}

export interface InputFeed {
  /** Inputs of the next step but for learning rate and update number. */
  next(): Promise<Record<string, HostTensor>>;
}

/**
 * The steps' pictures and targets; any step's follow from the seed and its number alone.
 * @param augmentation applied to every data set's pictures
 */
export function createInputFeed(options: {
  readonly data: readonly OpenedData[];
  readonly spec: DetectorSpec;
  readonly augmentation?: { readonly name: string; readonly plugin: AugmentationPlugin };
  readonly seed: number;
  readonly firstStep: number;
}): InputFeed {
  const { data, spec, augmentation, seed, firstStep } = options;
  const { size } = spec;
  const anchors = generateAnchors(spec, featureGrid(spec, size, size));
  const streams = data.map(({ use, source, part, index }) =>
    createBatches({
      source,
      augmentation,
      size,
      batch: part.pictures,
      views: viewsOf(use.head.type),
      seed: `${seed}/${index}`,
      firstStep,
    }),
  );
  const total = data.reduce((sum, { part }) => sum + part.pictures, 0);
  return {
    async next() {
      const batches = await Promise.all(streams.map((stream) => stream.next()));
      const images = new Float32Array(total * size * size * 3);
      const inputs: Record<string, HostTensor> = { images: hostTensor(images, [total, size, size, 3]) };
      let offset = 0;
      batches.forEach((batch, i) => {
        scalePixels(spec, batch.images, images, offset);
        offset += batch.images.length;
        Object.assign(inputs, targetsOf(batch, data[i]!, i, anchors, spec));
      });
      return inputs;
    },
  };
}

function targetsOf(
  { samples, imageIds }: Batch,
  { use }: OpenedData,
  part: number,
  anchors: Float32Array,
  spec: DetectorSpec,
): Record<string, HostTensor> {
  switch (use.head.type) {
    case 'detection': {
      const { classTargets, boxTargets } = detectionTargets(samples, anchors, spec);
      return { [`classTargets.${part}`]: classTargets, [`boxTargets.${part}`]: boxTargets };
    }
    case 'classification': {
      const labels = samples.map(({ label }, i) => {
        if (label !== undefined) return label;
        throw new RethinkError('CLASS_MISSING', `Picture ${imageIds[i]} has no class.`, {
          hint: 'A classification head wants data of the role `classification`: a folder for each class.',
        });
      });
      return { [`labels.${part}`]: hostTensor(Int32Array.from(labels), [labels.length]) };
    }
    case 'contrastive':
      return {};
  }
}
