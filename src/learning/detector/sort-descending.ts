/**
 * Indices sorted by descending value, equal values by ascending index. Lazy (a heap): a caller that stops early pays
 * little more than one pass.
 * @param values by index; no NaN at the given indices
 */
export function* sortedDescending(
  indices: ArrayLike<number>,
  values: ArrayLike<number>,
): Generator<number, void> {
  const heap = Uint32Array.from(indices);
  let size = heap.length;
  for (let position = (size >> 1) - 1; position >= 0; position--) sink(position);
  while (size > 0) {
    yield heap[0]!;
    size--;
    heap[0] = heap[size]!;
    sink(0);
  }

  function sink(position: number): void {
    const moved = heap[position]!;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= size) break;
      if (child + 1 < size && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, moved)) break;
      heap[position] = heap[child]!;
      position = child;
    }
    heap[position] = moved;
  }

  function before(a: number, b: number): boolean {
    return values[a]! > values[b]! || (values[a] === values[b] && a < b);
  }
}
