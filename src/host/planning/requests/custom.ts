import { z } from 'zod';
import type { CustomOutput, CustomStageRequest, Weights } from '../../../contract';
import {
  type CustomDataUse,
  type CustomParameters,
  RESERVED,
  type TrainerParameters,
} from '../../../core/plan/stage';
import type { TrialContext, WeightsEntry } from '../trial-context';
import { augmentation, data, parseRequest, requestName, scheduleChange, stepPart, weights } from './request';

const TRAINER_INPUT = `${RESERVED}trainer`;

const trainerRequest = z.object({
  from: weights,
  schedule: scheduleChange,
  batches: z.array(stepPart).min(1),
  average: z.number().gt(0).lt(1).optional(),
});

const customRequest = z.object({
  inputs: z
    .record(requestName, weights)
    .superRefine((inputs, issues) => {
      for (const name of Object.keys(inputs)) {
        if (name.startsWith(RESERVED))
          issues.addIssue({ code: 'custom', path: [name], message: `must not begin with "${RESERVED}"` });
      }
    })
    .default({}),
  data: z.record(requestName, data).optional(),
  augmentation: augmentation.optional(),
  trainer: trainerRequest.optional(),
  run: z.custom<CustomStageRequest['run']>((value) => typeof value === 'function', 'must be a function'),
});

/** A stage whose code the plugin brings. */
export function planCustom(context: TrialContext, name: string, given: CustomStageRequest): CustomOutput {
  const request = parseRequest(customRequest, given);
  parseRequest(requestName, name, 'name');
  const { setting, graph } = context;
  const { trainer } = request;
  const inputs: Record<string, string> = {};
  const ancestors: WeightsEntry[] = [];
  const addInput = (input: string, handle: Weights, argument: string): string | undefined => {
    const entry = context.weightsOf(handle, argument);
    ancestors.push(entry);
    if (entry.stage === undefined) return undefined;
    inputs[input] = entry.stage;
    return input;
  };
  for (const [input, handle] of Object.entries(request.inputs)) addInput(input, handle, `inputs.${input}`);
  const from = trainer && addInput(TRAINER_INPUT, trainer.from, 'trainer.from');
  const parameters: CustomParameters = {
    plugin: setting.currentPlugin,
    name,
    parameters: given.parameters ?? {},
    ...(request.data && {
      data: customData(context, request.data, inputs),
      size: trainer?.schedule?.size ?? setting.benchmark.detector.size,
    }),
    ...(request.augmentation && { augmentation: context.augmentationOf(request.augmentation) }),
    ...(trainer && { trainer: trainerOf(context, trainer, from) }),
  };
  const stageIndex = Math.max(0, ...ancestors.map((entry) => entry.stageIndex)) + 1;
  const heads = [...ancestors.flatMap((entry) => entry.heads), ...(trainer ? ['labelled'] : [])];
  const key = graph.add({ kind: 'custom', parameters }, name, inputs, stageIndex);
  graph.customRuns.set(key, (stage) => given.run(stage));
  const output = context.addWeights(key, { stage: key, heads, stageIndex });
  return { type: 'custom', id: key, weights: output, detector: { ...output, detects: true } };
}

function customData(
  context: TrialContext,
  given: NonNullable<CustomStageRequest['data']>,
  inputs: Record<string, string>,
): NonNullable<CustomParameters['data']> {
  return Object.fromEntries(
    Object.entries(given).map(([name, handle]): [string, CustomDataUse] => {
      const { selection, pseudoStage } = context.data.entryOf(handle, `data.${name}`);
      if (pseudoStage === undefined) return [name, { selection }];
      const pseudoLabels = `${RESERVED}pseudo:${name}`;
      inputs[pseudoLabels] = pseudoStage;
      return [name, { selection, pseudoLabels }];
    }),
  );
}

function trainerOf(
  context: TrialContext,
  { schedule: change, batches, average }: z.output<typeof trainerRequest>,
  from: string | undefined,
): TrainerParameters {
  const { detector, schedule } = context.recipe.changed(change);
  return {
    detector,
    schedule: { ...schedule, ...(average !== undefined && { emaDecay: average }) },
    categories: context.data.dataOf('labelled').categories,
    batches: batches.map(({ share, weight, soft }) => ({
      share,
      weight,
      ...(soft && { soft: true as const }),
    })),
    ...(from !== undefined && { from }),
  };
}
