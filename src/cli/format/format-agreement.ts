import { type RerunAgreement, type Rerun, SUSPICION } from '../../results/bundle/agreement';
import { formatP } from '../../statistics/claims/format-claims';
import { signedPercent } from './format-intervals';
import { table } from '../terminal/table';
import { percent } from './trial-table';

/** Agreement of rerun trials with a bundle. */
export function formatAgreement(reruns: readonly Rerun[], agreement: RerunAgreement): string {
  return [
    table(
      ['TRIAL', 'AP', 'RERUN', 'DIFFERENCE', 'FLOPS', 'STAGES'],
      reruns.map(({ id, claimed, found, claimedFlops, foundFlops, sameStages }) => [
        id,
        percent(claimed),
        percent(found),
        signedPercent(claimed - found),
        `${(foundFlops === 0 ? 1 : claimedFlops / foundFlops).toFixed(3)}×`,
        sameStages ? 'identical' : 'different code, data or engine',
      ]),
    ),
    '',
    formatVerdict(reruns, agreement),
    ...agreement.otherCosts.map((id) => `The FLOPs of ${id} differ from those of its rerun.`),
  ].join('\n');
}

function formatVerdict(
  reruns: readonly Rerun[],
  { verdict, difference, noise, p, closeness }: RerunAgreement,
): string {
  const from =
    noise.from === 'seeds'
      ? `the bundle's seeds (${noise.freedom} degrees of freedom)`
      : 'resampled images; the bundle has one seed per row, so noise between seeds is not included';
  const test = `Mean difference ${signedPercent(difference)}, standard deviation ${percent(noise.deviation)} from ${from}; p = ${formatP(p)}.`;
  switch (verdict) {
    case 'identical':
      return 'Identical: every AP was reproduced exactly.';
    case 'agrees': {
      const should = reruns.some(({ sameStages }) => sameStages);
      return `Agrees: the difference is within the noise between runs. ${test}${should ? ' Identical stages should reproduce the AP exactly, but did not.' : ''}`;
    }
    case 'too good':
      return `Too good: the AP of the bundle exceeds that of the reruns by more than noise. ${test}`;
    case 'too bad':
      return `Too bad: the AP of the bundle is below that of the reruns by more than noise. ${test}`;
    case 'too close':
      return `Too close: differences this small are implausible between two runs (probability ${formatP(closeness)}, level ${SUSPICION}). ${test}`;
  }
}
