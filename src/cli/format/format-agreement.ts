import { type Agreement, type Rerun, SUSPICION } from '../../results/bundle/agreement';
import { formatP } from '../../statistics/claims/format-claims';
import { signedPercent } from './format-intervals';
import { table } from '../terminal/table';
import { percent } from './trial-table';

/** What running trials again has shown, for people. */
export function agreementText(reruns: readonly Rerun[], agreement: Agreement): string {
  return [
    table(
      ['TRIAL', 'AP', 'AGAIN', 'DIFFERENCE', 'FLOPS', 'STAGES'],
      reruns.map(({ id, claimed, found, claimedFlops, foundFlops, sameStages }) => [
        id,
        percent(claimed),
        percent(found),
        signedPercent(claimed - found),
        `${(foundFlops === 0 ? 1 : claimedFlops / foundFlops).toFixed(3)}×`,
        sameStages ? 'the same' : 'of other code, data or engine',
      ]),
    ),
    '',
    verdictText(reruns, agreement),
    ...agreement.otherCosts.map((id) => `${id} states other FLOPs than running it again took.`),
  ].join('\n');
}

function verdictText(
  reruns: readonly Rerun[],
  { verdict, difference, noise, p, closeness }: Agreement,
): string {
  const from =
    noise.from === 'seeds'
      ? `the bundle's seeds (${noise.freedom} degrees of freedom)`
      : 'resampled images, the bundle having one seed a row: another seed is not in it';
  const test = `Mean difference ${signedPercent(difference)}, noise of one ${percent(noise.deviation)} by ${from}; p = ${formatP(p)}.`;
  switch (verdict) {
    case 'identical':
      return 'Identical: every AP came out again to the last digit.';
    case 'agrees': {
      const should = reruns.some(({ sameStages }) => sameStages);
      return `Agrees: as far apart as two runs of one recipe are. ${test}${should ? ' Stages that are the same should give the same AP to the last digit, and did not.' : ''}`;
    }
    case 'too good':
      return `Too good: the bundle's AP is above what came out again, by more than noise. ${test}`;
    case 'too bad':
      return `Too bad: the bundle's AP is below what came out again, by more than noise. ${test}`;
    case 'too close':
      return `Too close: nearer than two runs ever come (a chance of ${formatP(closeness)}, at a level of ${SUSPICION}). ${test}`;
  }
}
