import type { Plan, PlannedTrial } from './plan';
import type { PlannedStage } from './stage';

/** `Omit` that keeps the alternatives of a union apart. */
type Without<T, Name extends PropertyKey> = T extends unknown ? Omit<T, Name> : never;

/** A plan in which trials and stages name stages by a `Reference`. */
type PlanOf<Reference> = Omit<Plan, 'trials' | 'stages'> & {
  readonly trials: readonly (Omit<PlannedTrial, 'stageKeys' | 'detectKey' | 'evaluateKey'> & {
    readonly stageKeys: readonly Reference[];
    readonly detectKey?: Reference;
    readonly evaluateKey?: Reference;
  })[];
  readonly stages: readonly (Without<PlannedStage, 'inputs'> & {
    readonly inputs: Readonly<Record<string, Reference>>;
  })[];
};

/** A plan on its way between processes: a stage is named by its place among the stages, and its key is sent once. */
export type PackedPlan = PlanOf<number>;

export function packPlan(plan: Plan): PackedPlan {
  const places = new Map(plan.stages.map(({ key }, place) => [key, place]));
  return withReferences(plan, (key: string) => places.get(key)!);
}

export function unpackPlan(plan: PackedPlan): Plan {
  return withReferences(plan, (place: number) => plan.stages[place]!.key);
}

function withReferences<From, To>(
  { trials, stages, ...plan }: PlanOf<From>,
  change: (reference: From) => To,
): PlanOf<To> {
  return {
    ...plan,
    trials: trials.map(({ stageKeys, detectKey, evaluateKey, ...trial }) => ({
      ...trial,
      stageKeys: stageKeys.map(change),
      ...(detectKey !== undefined && { detectKey: change(detectKey) }),
      ...(evaluateKey !== undefined && { evaluateKey: change(evaluateKey) }),
    })),
    stages: stages.map((stage) => {
      const inputs: Record<string, To> = {};
      for (const [name, reference] of Object.entries(stage.inputs)) inputs[name] = change(reference);
      return { ...stage, inputs };
    }),
  };
}
