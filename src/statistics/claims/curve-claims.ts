import type { CurveComparison, GainAtCost } from '../cost/crossings';
import type { Verdict } from './claims';

/** Whether the first recipe is ahead of the second at every compute that both cover. */
export function testAheadEverywhere({ relation, band }: CurveComparison): Verdict {
  if (relation === 'first ahead') return 'supported';
  return band.some(({ simultaneous }) => simultaneous.high < 0) ? 'refuted' : 'undecided';
}

/**
 * Whether the first recipe overtakes the second for good at a cost between two. Supported if the crossing is established and
 * its interval in that range; refuted if its interval is outside, or if one of them is ahead at every cost of the range.
 */
export function testOvertakes(
  { relation, crossing, range, band }: CurveComparison,
  { from, to }: { readonly from: number; readonly to: number },
): Verdict {
  if (range === null) return 'undecided';
  const isCovered = range.low <= from && to <= range.high;
  if (isCovered && (relation === 'first ahead' || relation === 'second ahead')) return 'refuted';
  if (crossing === undefined) return 'undecided';
  const { low, high } = crossing.interval;
  if (crossing.ahead === 'second') {
    return band.at(-1)!.simultaneous.high < 0 && isCovered && high !== null ? 'refuted' : 'undecided';
  }
  if (relation === 'crosses' && low !== null && high !== null && low >= from && high <= to)
    return 'supported';
  return (low !== null && low > to) || (high !== null && high < from) ? 'refuted' : 'undecided';
}

/** Whether a gain at equal compute is above a number of AP points. */
export function testGain(gain: GainAtCost | null, above = 0): Verdict {
  if (gain === null) return 'undecided';
  if (100 * gain.interval.low > above) return 'supported';
  return 100 * gain.interval.high < above ? 'refuted' : 'undecided';
}
