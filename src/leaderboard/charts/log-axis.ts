import type { Margin } from './plot-frame';

type Domain = readonly [low: number, high: number];

/** Pixels from the left edge of a chart to a value on its logarithmic axis. */
export const logScale =
  ([low, high]: Domain, width: number, { left, right }: Margin) =>
  (value: number) =>
    left + (Math.log(value / low) / Math.log(high / low)) * (width - left - right);

/** Options of a logarithmic axis without a label; `unit` is the size of the unit of its ticks. */
export const logAxis = (domain: Domain, unit: number, width: number) => ({
  type: 'log' as const,
  domain,
  label: null,
  ticks: logTicks(domain, unit, width),
  tickFormat: (value: number) => String(Number((value / unit).toPrecision(3))),
  tickSize: 4,
});

/** Ticks at round numbers of the axis' unit, as many as there is room for; on a short axis at every whole number. */
function logTicks([low, high]: Domain, unit: number, width: number): number[] {
  const most = Math.max(3, Math.floor(width / 70));
  const every = Array.from({ length: 99 }, (_, index) => 1 + index / 10);
  const whole = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  for (const factors of [
    every,
    [1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8],
    whole,
    [1, 2, 3, 5, 7],
    [1, 2, 5],
    [1, 3],
    [1],
  ]) {
    const ticks: number[] = [];
    for (
      let power = Math.floor(Math.log10(low / unit));
      power <= Math.ceil(Math.log10(high / unit));
      power++
    ) {
      ticks.push(...factors.map((factor) => factor * 10 ** power * unit));
    }
    const inside = [...new Set(ticks)].filter((tick) => tick >= low && tick <= high);
    if (inside.length <= most && inside.length >= 2) return inside;
  }
  return [low * 1.02, high / 1.02];
}
