import { type TrialAxes, lengthParts } from '../../core/plan/axes';
import { formatShare } from '../../core/text/units';

/** `random · s1 · self-training · 20 % · 3×`; a length of 1 is omitted. */
export function rowName({ init, augmentation, strategy, fraction, length }: Omit<TrialAxes, 'seed'>): string {
  return [init, augmentation, strategy, formatShare(fraction), ...lengthParts(length)].join(' · ');
}

/** `random · s1 · self-training · 20 % · seed 0` */
export function trialTitle(axes: TrialAxes): string {
  return `${rowName(axes)} · seed ${axes.seed}`;
}
