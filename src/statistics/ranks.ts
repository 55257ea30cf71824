import { comparePairs, type Comparisons } from './comparisons';
import { type JointReplicates } from './replicates';

/** From 1, the best; equal rows share their ranks. */
export interface RankInterval {
  readonly low: number;
  readonly high: number;
  /** Rows that can't be told from the first one of their group, from 1. */
  readonly group: number;
}

/**
 * Ranks that hold together: a row is below those that are surely better, above those that are surely worse (Mogstad,
 * Romano, Shaikh and Wilhelm, "Inference for ranks with applications to mobility across neighbourhoods and academic
 * achievement across countries", Review of Economic Studies 2024, theorem 3.2).
 *
 * @param comparisons of all pairs
 */
export function rankIntervals(
  joint: JointReplicates,
  { pairs }: Comparisons = comparePairs(joint),
): RankInterval[] {
  const rows = joint.rows.length;
  const better = joint.rows.map(() => 0);
  const worse = joint.rows.map(() => 0);
  const apart = new Set<string>();
  for (const { first, second, simultaneous } of pairs) {
    if (simultaneous.low <= 0 && simultaneous.high >= 0) continue;
    const [up, down] = simultaneous.low > 0 ? [first, second] : [second, first];
    worse[up]!++;
    better[down]!++;
    apart.add(`${first},${second}`).add(`${second},${first}`);
  }
  const groups = groupRows(joint, (a, b) => apart.has(`${a},${b}`));
  return joint.rows.map((_, r) => ({ low: 1 + better[r]!, high: rows - worse[r]!, group: groups[r]! }));
}

/** From the best row down; a new group begins with the first row that is surely worse than the group's best. */
function groupRows({ rows, estimates }: JointReplicates, apart: (a: number, b: number) => boolean): number[] {
  const groups = rows.map(() => 0);
  let group = 0;
  let leader = -1;
  for (const r of rows.map((_, index) => index).sort((a, b) => estimates[b]! - estimates[a]!)) {
    if (leader < 0 || apart(leader, r)) {
      leader = r;
      group++;
    }
    groups[r] = group;
  }
  return groups;
}
