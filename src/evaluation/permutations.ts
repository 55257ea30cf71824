/**
 * Calls `visit` with every distinct order of `items`; those with equal keys are interchangeable. The array passed is reused.
 * Ends early where `visit` returns false.
 */
export function distinctOrders(
  items: readonly number[],
  keyOf: (item: number) => string,
  visit: (order: readonly number[]) => boolean,
): boolean {
  const groups = new Map<string, number[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  const pools = [...groups.values()];
  const taken = pools.map(() => 0);
  const order: number[] = [];
  const extend = (): boolean => {
    if (order.length === items.length) return visit(order);
    for (let pool = 0; pool < pools.length; pool++) {
      if (taken[pool] === pools[pool]!.length) continue;
      order.push(pools[pool]![taken[pool]!++]!);
      const goOn = extend();
      order.pop();
      taken[pool]!--;
      if (!goOn) return false;
    }
    return true;
  };
  return extend();
}
