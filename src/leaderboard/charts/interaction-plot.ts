import type { Profile, ProfilePoint } from '../../statistics/effects/profile';
import { seriesColour, seriesShape } from './marks';
import { chartDocument, serialiseChart } from './svg';
import { pageColour } from './palette';

export interface InteractionPlotOptions {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** How a level of the horizontal axis is written. */
  readonly tick: (level: string) => string;
  /** Place of a line's level on its axis: its colour and shape. */
  readonly series: (level: string) => number;
}

/** Mean AP along one axis, a line for each level of another, with intervals. Lines that are parallel don't interact. */
export async function interactionPlot(profile: Profile, options: InteractionPlotOptions): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { width, height, title, tick, series } = options;
  const { points, x, line } = profile;
  const lines = line.levels.filter((level) => points.some((point) => point.line === level));
  // Side by side, so that intervals at the same place can be told apart.
  const shift = (level: string) => (lines.indexOf(level) - (lines.length - 1) / 2) * 9;
  const ends = points.flatMap(({ mean, interval }) => interval ?? [mean]);
  const span = Math.max(1, Math.max(...ends) - Math.min(...ends));
  const svg = Plot.plot({
    document: chartDocument(),
    width,
    height,
    marginLeft: 34,
    marginRight: 14,
    marginTop: 14,
    marginBottom: 30,
    x: { type: 'point', domain: [...x.levels], label: null, padding: 0.5, tickFormat: tick, tickSize: 0 },
    y: {
      domain: [Math.max(0, Math.min(...ends) - 0.06 * span), Math.max(...ends) + 0.06 * span],
      label: null,
      ticks: 5,
      tickSize: 0,
    },
    color: { type: 'identity' },
    symbol: { type: 'identity' },
    marks: [
      Plot.gridY({ ticks: 5, stroke: pageColour('grid'), strokeOpacity: 1 }),
      ...lines.flatMap((level) => {
        const own = points.filter((point) => point.line === level);
        const colour = seriesColour(series(level));
        const dx = shift(level);
        return [
          Plot.line(own, { x: 'x', y: 'mean', stroke: colour, strokeWidth: 1.75, dx }),
          Plot.ruleX(
            own.filter(({ interval }) => interval !== undefined),
            {
              x: 'x',
              y1: ({ interval }: ProfilePoint) => interval![0],
              y2: ({ interval }: ProfilePoint) => interval![1],
              stroke: colour,
              strokeOpacity: 0.75,
              dx,
            },
          ),
          Plot.dot(own, {
            x: 'x',
            y: 'mean',
            r: 4.5,
            symbol: seriesShape(series(level)),
            fill: pageColour('paper'),
            stroke: colour,
            strokeWidth: 1.75,
            dx,
          }),
        ];
      }),
    ],
    style: { fontSize: '12px' },
  });
  const described = lines.map((level) => {
    const own = points.filter((point) => point.line === level);
    return `${level}: ${own.map(({ x: at, mean }) => `${tick(at)} ${mean.toFixed(1)}`).join(', ')}`;
  });
  return serialiseChart(svg, {
    title,
    description: `Mean AP by ${x.name}, a line for each ${line.name}. ${described.join('; ')}.`,
    className: 'chart',
  });
}
