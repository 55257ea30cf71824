import type { TrialAxes } from './axes';
import { printable } from '../text/printable';
import type { PlannedStage } from './stage';
import { formatLength } from './axes';

/** `random · s1 · self-training · 20% · 3× · seed 0`; a length of 1 is omitted. */
export function trialName({ init, augmentation, strategy, fraction, length, seed }: TrialAxes): string {
  const share = `${+(fraction * 100).toPrecision(3)}%`;
  return [init, augmentation, strategy, share, ...formatLength(length), `seed ${seed}`].join(' · ');
}

/** `teacher`; for a stage without a label its kind: `evaluate`. For terminals. */
export function stageName(stage: PlannedStage): string {
  return stage.label === '' ? stage.kind : printable(stage.label);
}
