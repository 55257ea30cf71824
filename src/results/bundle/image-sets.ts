/** Ascending whole numbers as [first, last] runs: ids of images mostly follow each other. */
export function toRuns(ids: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && id === last[1] + 1) last[1] = id;
    else runs.push([id, id]);
  }
  return runs;
}

/** @param most more ids than this are no set of images; `undefined` is answered then */
export function fromRuns(
  runs: readonly (readonly [number, number])[],
  most = 5_000_000,
): number[] | undefined {
  const total = runs.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  if (total > most || runs.some(([first, last]) => last < first)) return undefined;
  return runs.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
}
