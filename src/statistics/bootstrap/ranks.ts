import { allPairs, comparePairs, type Comparisons } from './comparisons';
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
  { signs }: Pick<Comparisons, 'signs'> = comparePairs(joint),
): RankInterval[] {
  const rows = joint.rows.length;
  const better = joint.rows.map(() => 0);
  const worse = joint.rows.map(() => 0);
  const { first, second } = allPairs(rows);
  const differ = new Uint8Array(rows * rows);
  for (let k = 0; k < first.length; k++) {
    const sign = signs[k]!;
    if (sign === 0) continue;
    const [up, down] = sign > 0 ? [first[k]!, second[k]!] : [second[k]!, first[k]!];
    worse[up]!++;
    better[down]!++;
    differ[up * rows + down] = differ[down * rows + up] = 1;
  }
  const groups = groupRows(joint, (a, b) => differ[a * rows + b] === 1);
  return joint.rows.map((_, r) => ({ low: 1 + better[r]!, high: rows - worse[r]!, group: groups[r]! }));
}

/** From the best row down; a new group begins with the first row that is surely worse than the group's best. */
function groupRows(
  { rows, estimates }: JointReplicates,
  differ: (a: number, b: number) => boolean,
): number[] {
  const groups = rows.map(() => 0);
  let group = 0;
  let leader = -1;
  for (const r of rows.map((_, index) => index).sort((a, b) => estimates[b]! - estimates[a]!)) {
    if (leader < 0 || differ(leader, r)) {
      leader = r;
      group++;
    }
    groups[r] = group;
  }
  return groups;
}
