/** Parts of a list, small enough for the databases' limits on parameters of one statement. */
export function chunksOf<T>(list: readonly T[], size = 200): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
