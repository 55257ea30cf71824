import { type TrialAxes, lengthParts } from './axes';
import { printable } from '../text/printable';
import type { PlannedStage } from './stage';

/** `random · s1 · self-training · 20% · 3× · seed 0`; a length of 1 is omitted. */
export function trialName({ init, augmentation, strategy, fraction, length, seed }: TrialAxes): string {
  const share = `${+(fraction * 100).toPrecision(3)}%`;
  return [init, augmentation, strategy, share, ...lengthParts(length), `seed ${seed}`].join(' · ');
}

/** `teacher`; for a stage without a label its kind: `evaluate`. For terminals. */
export function stageName(stage: PlannedStage): string {
  return stage.label === '' ? stage.kind : printable(stage.label);
}
