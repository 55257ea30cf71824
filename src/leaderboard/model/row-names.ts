import type { TrialAxes } from '../../core/plan/plan';
import { formatShare } from '../../core/text/units';

/** `random · s1 · self-training · 20 %` */
export function rowName({
  init,
  augmentation,
  strategy,
  fraction,
}: Pick<TrialAxes, 'init' | 'augmentation' | 'strategy' | 'fraction'>): string {
  return `${init} · ${augmentation} · ${strategy} · ${formatShare(fraction)}`;
}

/** `random · s1 · self-training · 20 % · seed 0` */
export function trialTitle(axes: TrialAxes): string {
  return `${rowName(axes)} · seed ${axes.seed}`;
}
