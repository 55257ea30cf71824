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
