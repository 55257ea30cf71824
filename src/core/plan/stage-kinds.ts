import { join } from 'node:path';
import { sourceFolder } from '../files/package-folder';
import type { StageKind } from './stage';

interface StageKindFacts {
  /** Long enough for a slow machine; short enough that a hanging stage is found within the week. */
  readonly timeLimitHours: number;
  /** Whether the tensor engine decides bits of its outcome; evaluation is plain double precision, checkpoints are copied. */
  readonly usesEngine: boolean;
  /** Whether it is given the validation data, and a trial's score waits for it. */
  readonly seesValidation: boolean;
  /**
   * Scoring on the validation data is measured but charged to nobody: it is the benchmark's question, not part of any
   * recipe, and users of the recipe do not pay for it. Pseudo-labelling is inference too, but part of the recipe,
   * and is charged. Nor does a recipe need the probe that measures a pre-trained backbone in its own task.
   */
  readonly isCharged: boolean;
  /** Whether its process reaches the network; such a stage runs no plugin's code. */
  readonly mayFetch: boolean;
}

const computes = { usesEngine: true, seesValidation: false, isCharged: true, mayFetch: false } as const;

/** Properties of each kind of stage, apart from its parameters and its runner `host/stages/run-<kind>.ts`. */
export const stageKinds = {
  train: { ...computes, timeLimitHours: 48 },
  custom: { ...computes, timeLimitHours: 48 },
  'pseudo-label': { ...computes, timeLimitHours: 12 },
  'oracle-label': { ...computes, timeLimitHours: 1, usesEngine: false },
  'pseudo-class': { ...computes, timeLimitHours: 12 },
  probe: { ...computes, timeLimitHours: 12, isCharged: false },
  detect: { ...computes, timeLimitHours: 12, seesValidation: true, isCharged: false },
  evaluate: { ...computes, timeLimitHours: 1, usesEngine: false, seesValidation: true, isCharged: false },
  checkpoint: { ...computes, timeLimitHours: 1, usesEngine: false, mayFetch: true },
} as const satisfies Readonly<Record<StageKind, StageKindFacts>>;

export const stageKindNames = Object.keys(stageKinds) as [StageKind, ...StageKind[]];

/** Absolute path of the module that runs a kind of stage; with its imports, it is the code that decides the outcome. */
export function runnerFile(kind: StageKind): string {
  return join(sourceFolder, 'host', 'stages', `run-${kind}.ts`);
}
