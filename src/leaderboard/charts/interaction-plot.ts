import type { Profile, ProfilePoint } from '../../statistics/effects/profile';
import { seriesShape } from './marks';
import { gridLines, plotFrame } from './plot-frame';
import { serialiseChart } from './svg';
import { pageColour } from './palette';

export interface InteractionPlotOptions {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** How a level of the horizontal axis is written. */
  readonly tick: (level: string) => string;
  /** Index of a line's level on its axis: its shape and, without a colour, its dashes. */
  readonly series: (level: string) => number;
  /** Colour of a line; a strategy has the same one on every page, and levels of other axes have none. */
  readonly colour?: (level: string) => string;
  /** Least span of the vertical axis, in AP points: plots that are compared with each other have the same one. */
  readonly span?: number;
}

const dashes = [undefined, '6 3', '2 3', '9 3 2 3'];

/** Mean AP along one axis, a line for each level of another, with intervals. Parallel lines mean no interaction. */
export async function interactionPlot(profile: Profile, options: InteractionPlotOptions): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { title, tick, series } = options;
  const { points, x, line } = profile;
  const lines = line.levels
    .map((level) => ({ level, own: points.filter((point) => point.line === level) }))
    .filter(({ own }) => own.length > 0);
  const svg = Plot.plot({
    ...plotFrame(options, { top: 14, right: 14, bottom: 30, left: 34 }),
    x: { type: 'point', domain: [...x.levels], label: null, padding: 0.5, tickFormat: tick, tickSize: 0 },
    y: {
      domain: scoreDomain(points, options.span),
      label: null,
      ticks: 5,
      tickSize: 0,
    },
    color: { type: 'identity' },
    symbol: { type: 'identity' },
    marks: [
      Plot.gridY(gridLines(5)),
      ...lines.flatMap(({ level, own }, index) => {
        // Side by side, so that intervals at the same level do not overlap.
        const dx = (index - (lines.length - 1) / 2) * 9;
        const stroke = options.colour?.(level) ?? pageColour('ink');
        const mark = { x: 'x', y: 'mean', stroke, strokeWidth: 1.75, dx };
        const strokeDasharray = options.colour === undefined ? dashes[index % dashes.length] : undefined;
        return [
          Plot.line(own, { ...mark, strokeDasharray }),
          Plot.ruleX(
            own.filter(({ interval }) => interval !== undefined),
            {
              x: 'x',
              y1: ({ interval }: ProfilePoint) => interval![0],
              y2: ({ interval }: ProfilePoint) => interval![1],
              stroke,
              strokeOpacity: 0.75,
              dx,
            },
          ),
          Plot.dot(own, {
            ...mark,
            r: 4.5,
            symbol: seriesShape(series(level)),
            fill: pageColour('paper'),
          }),
        ];
      }),
    ],
  });
  const described = lines.map(
    ({ level, own }) =>
      `${level}: ${own.map(({ x: at, mean }) => `${tick(at)} ${mean.toFixed(1)}`).join(', ')}`,
  );
  return serialiseChart(svg, {
    title,
    description: `Mean AP by ${x.name}, a line for each ${line.name}. ${described.join('; ')}.`,
    className: 'chart',
  });
}

function scoreDomain(points: Profile['points'], leastSpan = 0): [number, number] {
  const ends = points.flatMap(({ mean, interval }) => interval ?? [mean]);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const span = Math.max(1, leastSpan, most - least);
  const margin = 0.06 * span + (span - (most - least)) / 2;
  return [Math.max(0, least - margin), most + margin];
}
