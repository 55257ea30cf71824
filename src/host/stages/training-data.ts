import { viewsOf, type TrainingDataUse } from '../../core/plan/stage';
import { RethinkError } from '../../contract';
import { inputLayout } from '../../learning/training/batch-inputs';
import type { DetectorSpec } from '../../core/plan/detector-spec';
import {
  createSampleSource,
  shareImages,
  tabulate,
  type Category,
  type Dataset,
  type PseudoLabels,
  type SampleEntry,
  type SampleSource,
} from '../../learning/dataset';
import type { InputAugmentation, InputPart, InputPlan } from '../../learning/training/input/input-plan';
import type { TrainingPart } from '../../learning/training/step/training-set-up';

/** A data set of a training stage, opened. */
export interface OpenedData {
  readonly use: TrainingDataUse;
  readonly source: SampleSource;
  readonly part: TrainingPart;
  /** Index in the stage's list, which seeds its order. */
  readonly index: number;
}

/** What is needed to open the stage's data. */
export interface TrainingDataRequest {
  readonly uses: readonly TrainingDataUse[];
  /** Images of a step for a share of 1. */
  readonly batch: number;
  readonly open: (
    use: TrainingDataUse,
  ) => Promise<{ dataset: Dataset; indices: number[]; pseudoLabels?: PseudoLabels }>;
}

/**
 * Opens all data sets of a stage, detection before classification and equal heads side by side, as the step requires.
 * @throws RethinkError `HEAD_CATEGORIES` when a head and its data disagree
 */
export async function openTrainingData({ uses, batch, open }: TrainingDataRequest): Promise<OpenedData[]> {
  const opened = await Promise.all(
    uses.map(async (use, index): Promise<OpenedData> => {
      const { dataset, indices, pseudoLabels } = await open(use);
      const source = createSampleSource(dataset, indices, { pseudoLabels });
      checkCategories(use, source.categories);
      const images = Math.max(1, Math.round(batch * use.share)) * viewsOf(use.head.type);
      return { use, source, index, part: { head: use.head, images, weight: use.weight, soft: use.soft } };
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
    `The head “${head.name}” has ${head.categories} categories, but its ${selection.role} data have ${categories.length}.`,
    { hint: 'The data set changed after the plan was made; plan again.' },
  );
}

/**
 * Everything that decides the inputs of the steps.
 * @param augmentation applied to every data set's images
 */
export function planInputs(
  data: readonly OpenedData[],
  spec: DetectorSpec,
  seed: number,
  augmentation?: InputAugmentation,
): InputPlan {
  const entries: SampleEntry[] = [];
  const parts = data.map(({ use, source, part, index }): InputPart => {
    const own = Array.from({ length: source.length }, (_, row) => source.entry(row));
    const firstImage = entries.length;
    for (const entry of own) entries.push(entry);
    return {
      type: use.head.type,
      images: part.images,
      views: viewsOf(use.head.type),
      soft: use.soft,
      seed: `${seed}/${index}`,
      table: tabulate(own),
      firstImage,
    };
  });
  return { ...inputLayout(spec, parts), store: shareImages(entries), augmentation };
}
