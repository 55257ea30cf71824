import type { Plan, PlannedTrial } from './plan';
import type { PlannedStage } from './stage';

/** `Omit` that keeps the alternatives of a union apart. */
type Without<T, Name extends PropertyKey> = T extends unknown ? Omit<T, Name> : never;

type PackedStage = Without<PlannedStage, 'inputs'> & { readonly inputs: Readonly<Record<string, number>> };
type PackedTrial = Omit<PlannedTrial, 'stageKeys' | 'detectKey' | 'evaluateKey'> & {
  readonly stageKeys: readonly number[];
  readonly detectKey?: number;
  readonly evaluateKey?: number;
};

/** A plan on its way between processes: a stage is named by its place among the stages, and its key is sent once. */
export type PackedPlan = Omit<Plan, 'trials' | 'stages'> & {
  readonly trials: readonly PackedTrial[];
  readonly stages: readonly PackedStage[];
};

export function packPlan({ trials, stages, ...plan }: Plan): PackedPlan {
  const places = new Map(stages.map(({ key }, place) => [key, place]));
  const place = (key: string): number => places.get(key)!;
  return {
    ...plan,
    trials: trials.map(({ stageKeys, detectKey, evaluateKey, ...trial }) => ({
      ...trial,
      stageKeys: stageKeys.map(place),
      ...(detectKey !== undefined && { detectKey: place(detectKey) }),
      ...(evaluateKey !== undefined && { evaluateKey: place(evaluateKey) }),
    })),
    stages: stages.map((stage): PackedStage => ({ ...stage, inputs: mapValues(stage.inputs, place) })),
  };
}

export function unpackPlan({ trials, stages, ...plan }: PackedPlan): Plan {
  const key = (place: number): string => stages[place]!.key;
  return {
    ...plan,
    trials: trials.map(({ stageKeys, detectKey, evaluateKey, ...trial }) => ({
      ...trial,
      stageKeys: stageKeys.map(key),
      ...(detectKey !== undefined && { detectKey: key(detectKey) }),
      ...(evaluateKey !== undefined && { evaluateKey: key(evaluateKey) }),
    })),
    stages: stages.map((stage): PlannedStage => ({ ...stage, inputs: mapValues(stage.inputs, key) })),
  };
}

function mapValues<From, To>(
  values: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  const mapped: Record<string, To> = {};
  for (const [name, value] of Object.entries(values)) mapped[name] = map(value);
  return mapped;
}
