import { formatFlops, formatScore } from '../../core/text/units';
import { gridLines, plotFrame } from './plot-frame';
import { serialiseChart } from './svg';
import { pageColour } from './palette';
import { axisUnit } from '../../core/cost/metrics';

/** AP along a trial's trainings, by rising cost. */
export interface ScoreSeries {
  readonly label: string;
  readonly points: readonly { readonly flops: number; readonly AP: number; readonly training: string }[];
}

/** AP against the compute of a trial's whole lineage; its control beside it, dashed. */
export async function scoreCurve(
  own: ScoreSeries,
  control: ScoreSeries | undefined,
  options: { readonly title: string; readonly width: number; readonly height: number },
): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { title, width, height } = options;
  const series = control === undefined ? [own] : [control, own];
  const all = series.flatMap(({ points }) => points);
  const unit = axisUnit('flops', Math.max(...all.map(({ flops }) => flops)));
  const top = Math.max(1, 1.12 * Math.max(...all.map(({ AP }) => 100 * AP)));
  const right = Math.max(...all.map(({ flops }) => flops)) / unit.size;
  const shown = ({ points }: ScoreSeries) =>
    points.map(({ flops, AP, training }) => ({ x: flops / unit.size, y: 100 * AP, training }));
  const ends = series.map((each) => ({ ...shown(each).at(-1)!, text: each.label }));
  const svg = Plot.plot({
    ...plotFrame(options, { top: 22, right: 16, bottom: 38, left: 40 }),
    x: {
      domain: [0, right],
      label: `${unit.label}, lineage in full →`,
      labelOffset: 34,
      ticks: Math.floor(width / 90),
      tickSize: 4,
    },
    y: { domain: [0, top], label: '↑ AP', ticks: 4, tickSize: 0 },
    marks: [
      Plot.gridY(gridLines(4)),
      ...series.flatMap((each) => {
        const isOwn = each === own;
        const stroke = isOwn ? pageColour('accent') : pageColour('ink-soft');
        return [
          Plot.line(shown(each), {
            x: 'x',
            y: 'y',
            stroke,
            strokeWidth: isOwn ? 1.75 : 1.25,
            strokeDasharray: isOwn ? undefined : '4 3',
          }),
          Plot.dot(shown(each), { x: 'x', y: 'y', r: isOwn ? 3 : 2.25, fill: stroke }),
        ];
      }),
      Plot.text(apart(ends, top, height), {
        x: 'x',
        y: 'y',
        text: 'text',
        textAnchor: 'end',
        dy: -10,
        fill: pageColour('ink'),
      }),
    ],
  });
  const spoken = series.map(({ label, points }) => {
    const [first, last] = [points[0]!, points.at(-1)!];
    return `${label}: AP ${formatScore(first.AP)} at ${formatFlops(first.flops)}, ${formatScore(last.AP)} at ${formatFlops(last.flops)}`;
  });
  return serialiseChart(svg, { title, description: spoken.join('; '), className: 'chart' });
}

/** Labels at the lines' ends: the lower one goes below its line where the two would overlap. */
function apart<T extends { readonly y: number }>(ends: readonly T[], top: number, height: number): T[] {
  const gap = (15 / (height - 60)) * top;
  const [low, high] = [...ends].sort((a, b) => a.y - b.y);
  if (low === undefined || high === undefined || high.y - low.y > gap) return [...ends];
  return [{ ...low, y: low.y - (26 / (height - 60)) * top }, high];
}
