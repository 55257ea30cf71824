const mostEntries = 100;

/** A loss curve with at most a hundred entries and four digits: as much as a chart shows. Anything else is left as it is. */
export function thinCurve(curve: unknown): unknown {
  if (!Array.isArray(curve)) return curve;
  const every = Math.ceil(curve.length / mostEntries);
  return curve
    .filter((_, index) => (index + 1) % every === 0 || index === 0 || index === curve.length - 1)
    .map((entry: unknown) => rounded(entry));
}

function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(4));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rounded(item)]));
}
