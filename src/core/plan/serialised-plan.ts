import type { Plan, PlannedTrial } from './plan';
import type { PlannedStage } from './stage';

/** `Omit` that keeps the alternatives of a union apart. */
type Without<T, Name extends PropertyKey> = T extends unknown ? Omit<T, Name> : never;

/** A plan in which trials and stages refer to stages by a `Reference`. */
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

/** The form of a plan between processes: a stage is referred to by its index, and its key is sent once. */
export type SerialisedPlan = PlanOf<number>;

export function serialisePlan(plan: Plan): SerialisedPlan {
  const indices = new Map(plan.stages.map(({ key }, index) => [key, index]));
  return withReferences(plan, (key: string) => indices.get(key)!);
}

export function deserialisePlan(plan: SerialisedPlan): Plan {
  return withReferences(plan, (index: number) => plan.stages[index]!.key);
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
