import type { TrialOverview } from '../../results/database/overview';
import { signed } from '../../statistics/claims/format-claims';
import { lastImprovement } from '../../leaderboard/model/plateau';

/** `still rising (+1.2)`; empty where AP was flat, or nothing tells. */
export function riseInWords(trial: TrialOverview): string {
  const rise = lastImprovement(trial);
  return rise?.verdict === 'rising' ? `still rising (${signed(100 * rise.estimate)})` : '';
}
