import type { JointReplicates } from './replicates';

/**
 * Indices of the points that no other point beats: nothing is at least as good for at most the cost, and better in one
 * of the two. Equal points are all on the front. By rising cost.
 */
export function paretoFront(points: readonly { readonly cost: number; readonly score: number }[]): number[] {
  const order = points
    .map((_, index) => index)
    .sort((a, b) => points[a]!.cost - points[b]!.cost || points[b]!.score - points[a]!.score);
  const front: number[] = [];
  for (const index of order) {
    const last = points[front.at(-1) ?? -1];
    const point = points[index]!;
    const equal = last !== undefined && point.cost === last.cost && point.score === last.score;
    if (last === undefined || equal || point.score > last.score) front.push(index);
  }
  return front;
}

/**
 * How likely each row is on the front, by the share of joint replicates in which it is.
 *
 * @param costs of the rows, on any one metric
 */
export function frontProbabilities(joint: JointReplicates, costs: readonly number[]): number[] {
  const { count, replicates } = joint;
  const order = costs.map((_, index) => index).sort((a, b) => costs[a]! - costs[b]!);
  const hits = costs.map(() => 0);
  // Costs are the same in all replicates, so that one walk from the cheapest on finds a replicate's front.
  for (let b = 0; b < count; b++) {
    let best = -Infinity;
    for (let first = 0; first < order.length;) {
      let end = first;
      let top = -Infinity;
      while (end < order.length && costs[order[end]!] === costs[order[first]!]) {
        top = Math.max(top, replicates[order[end]! * count + b]!);
        end++;
      }
      if (top > best) {
        for (; first < end; first++)
          if (replicates[order[first]! * count + b] === top) hits[order[first]!]!++;
        best = top;
      }
      first = end;
    }
  }
  return hits.map((hit) => hit / count);
}
