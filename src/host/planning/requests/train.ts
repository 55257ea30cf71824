import { z } from 'zod';
import {
  type DataHandle,
  type DataShare,
  RethinkError,
  type TrainedDetector,
  type TrainRequest,
} from '../../../contract';
import { roleOf, type StageWork, type TrainingDataUse } from '../../../core/plan/stage';
import type { TrialContext } from '../trial-context';
import {
  augmentation,
  data,
  parseRequest,
  requestError,
  requestName,
  scheduleChange,
  stepPart,
  weights,
} from './request';

const contrast = z
  .object({
    temperature: z.number().gt(0).default(0.1),
    projection: z.int().min(2).default(128),
    queue: z.int().min(1).optional(),
    momentum: z.number().gt(0).lt(1).optional(),
  })
  .refine(({ queue, momentum }) => momentum === undefined || queue !== undefined, {
    path: ['momentum'],
    error: 'requires queue',
  });

const dataShare = stepPart.extend({ data, contrast: contrast.optional() });

const trainRequest = z.object({
  from: weights,
  data: z
    .array(
      z.preprocess(
        (item: DataHandle | DataShare | undefined) => (item && 'data' in item ? item : { data: item }),
        dataShare,
      ),
    )
    .min(1)
    .refine((items) => items.length === 1 || items.every((item) => item.contrast?.queue === undefined), {
      error: 'must be the only data of its training where contrast has a queue',
    }),
  augmentation: augmentation.optional(),
  schedule: scheduleChange,
  normaliseLosses: z
    .union([z.boolean(), z.object({ alpha: z.number().default(1), decay: z.number().default(0.99) })])
    .default(false),
  label: requestName.default('train'),
});

/** A training on one or more data sets. */
export function planTrain(context: TrialContext, given: TrainRequest): TrainedDetector {
  const request = parseRequest(trainRequest, given);
  const from = context.weightsOf(request.from, 'from');
  const inputs: Record<string, string> = {};
  if (from.stage !== undefined) inputs['from'] = from.stage;
  const { normaliseLosses } = request;
  const uses = request.data.map((item, index) => trainingUse(context, item, index, inputs));
  const work: StageWork = {
    kind: 'train',
    parameters: {
      ...context.recipe.changed(request.schedule),
      data: uses,
      augmentation: request.augmentation && context.augmentationOf(request.augmentation),
      normaliseLosses: normaliseLosses === true ? { alpha: 1, decay: 0.99 } : normaliseLosses || undefined,
      from: from.stage === undefined ? undefined : 'from',
    },
  };
  const stageIndex = from.stageIndex + 1;
  const key = context.graph.add(work, request.label, inputs, stageIndex);
  const heads = [...new Set([...uses.map((use) => use.head.name), ...from.heads])];
  return { ...context.addWeights(key, { stage: key, heads, stageIndex }), detects: true };
}

function trainingUse(
  context: TrialContext,
  item: z.output<typeof dataShare>,
  index: number,
  inputs: Record<string, string>,
): TrainingDataUse {
  const argument = `data[${index}]`;
  const { share, weight } = item;
  const { selection, head, pseudoStage } = context.data.entryOf(item.data, argument);
  if (item.contrast !== undefined)
    return { selection, head: contrastiveHead(roleOf(selection), item.contrast), share, weight };
  if (pseudoStage === undefined && roleOf(selection) === 'unlabelled')
    throw requestError(argument, 'must have labels or pseudo-labels');
  if (item.soft && head.type !== 'detection')
    throw requestError(`${argument}.soft`, 'requires labels of detection');
  if (head.type === 'classification' && head.categories < 2) throw oneClass();
  const pseudoLabels = pseudoStage === undefined ? undefined : `pseudo${index}`;
  if (pseudoLabels !== undefined) inputs[pseudoLabels] = pseudoStage!;
  return { selection, pseudoLabels, head, share, weight, ...(item.soft && { soft: true as const }) };
}

function oneClass(): RethinkError {
  return new RethinkError(
    'CLASSIFICATION_ONE_CLASS',
    'Classification requires at least two classes, but the classification data has one: there is nothing to tell apart.',
    {
      location: { path: 'dataset.classification' },
      hint: 'Add images of other classes, or choose an init without classification, such as simclr or detection.',
    },
  );
}

function contrastiveHead(
  role: string,
  { temperature, projection, queue, momentum = 0.99 }: z.output<typeof contrast>,
): TrainingDataUse['head'] {
  const head = {
    name: `${role}.contrast`,
    type: 'contrastive' as const,
    categories: projection,
    temperature,
  };
  return queue === undefined ? head : { ...head, queue, momentum };
}
