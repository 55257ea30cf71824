import type { TrialOverview } from '../../results/database/overview';
import { signed } from '../../statistics/claims/format-claims';
import { lastImprovement } from '../../leaderboard/model/plateau';

/** `still rising (+1.2)`; empty if AP reached a plateau, or that is unknown. */
export function formatPlateau(trial: TrialOverview): string {
  const improvement = lastImprovement(trial);
  return improvement?.verdict === 'rising' ? `still rising (${signed(100 * improvement.estimate)})` : '';
}
