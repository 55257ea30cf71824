import { ticks } from 'd3-array';
import { chartAttributes, escapeXml } from './svg';
import { type ColourName, pageColour } from './palette';

export interface ForestRow {
  readonly label: string;
  /** In AP points. */
  readonly estimate: number;
  readonly interval?: readonly [low: number, high: number];
  readonly colour: ColourName;
}

const axisHeight = 34;
const chartRoot = Object.entries(chartAttributes)
  .map(([name, value]) => ` ${name}="${value}"`)
  .join('');

/** Height of a plot of this many rows; on narrow ones labels are above their lines. */
export const forestHeight = (rows: number, isNarrow: boolean) => rows * (isNarrow ? 40 : 24) + axisHeight;

/** Differences with their intervals, a line each, and a line at 0. */
export function forestPlot(
  rows: readonly ForestRow[],
  { title, width, height }: { readonly title: string; readonly width: number; readonly height: number },
): string {
  const isNarrow = width < 500;
  const left = isNarrow ? 6 : width * 0.52;
  const right = width - 12;
  const ends = [0, ...rows.flatMap(({ estimate, interval }) => interval ?? [estimate])];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const padding = 0.05 * (high - low || 1);
  const round = (value: number) => String(Math.round(10 * value) / 10);
  const x = (value: number) =>
    round(left + ((value - low + padding) / (high - low + 2 * padding)) * (right - left));
  const step = (height - axisHeight) / rows.length;
  const grid = ticks(low, high, isNarrow ? 5 : 8).map(
    (tick) =>
      `<path d="M${x(tick)},0V${height - axisHeight}" stroke="${pageColour(tick === 0 ? 'ink-soft' : 'grid')}"/><text x="${x(tick)}" y="${height - axisHeight + 14}" text-anchor="middle">${String(tick).replace('-', '−')}</text>`,
  );
  const most = Math.floor((isNarrow ? width - 12 : left - 16) / 6.1);
  const lines = rows.map(({ label, estimate, interval, colour }, index) => {
    const centre = (index + (isNarrow ? 0.72 : 0.5)) * step;
    const text = label.length > most ? `${label.slice(0, most - 1)}…` : label;
    const at = isNarrow ? { x: 0, y: centre - 12 } : { x: 0, y: centre + 4 };
    const whisker = interval
      ? `<path d="M${x(interval[0])},${round(centre)}H${x(interval[1])}" stroke="${pageColour(colour)}" stroke-width="2"/>`
      : '';
    return `<text x="${at.x}" y="${round(at.y)}" fill="${pageColour('ink')}">${escapeXml(text)}</text>${whisker}<circle cx="${x(estimate)}" cy="${round(centre)}" r="4" fill="${pageColour(colour)}"/>`;
  });
  const spoken = rows.map(({ label, estimate }) => `${label}: ${estimate.toFixed(1)}`).join('; ');
  return `<svg viewBox="0 0 ${width} ${height}" class="chart"${chartRoot} role="img" aria-label="${escapeXml(`${title}. ${spoken}`)}">${grid.join('')}${lines.join('')}<text x="${right}" y="${height - 4}" text-anchor="end">difference, AP points →</text></svg>`;
}
