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
 * @param costs of the rows, on any one ruler
 */
export function frontProbabilities(joint: JointReplicates, costs: readonly number[]): number[] {
  const hits = costs.map(() => 0);
  for (let b = 0; b < joint.count; b++) {
    const points = costs.map((cost, r) => ({ cost, score: joint.replicates[r * joint.count + b]! }));
    for (const r of paretoFront(points)) hits[r]!++;
  }
  return hits.map((count) => count / joint.count);
}
