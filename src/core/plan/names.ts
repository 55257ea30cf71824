import type { TrialAxes } from './plan';
import type { PlannedStage } from './stage';

/** `random · s1 · self-training · 20% · seed 0` */
export function trialName({ init, augmentation, strategy, fraction, seed }: TrialAxes): string {
  return [init, augmentation, strategy, `${+(fraction * 100).toPrecision(3)}%`, `seed ${seed}`].join(' · ');
}

/** `teacher`; for a stage without a label its kind: `evaluate`. */
export function stageName(stage: PlannedStage): string {
  return stage.label === '' ? stage.kind : stage.label;
}
