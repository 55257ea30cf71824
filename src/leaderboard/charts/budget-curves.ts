import { logAxis } from './log-axis';
import { seriesColour } from './marks';
import { gridLines, plotFrame } from './plot-frame';
import { serialiseChart } from './svg';
import { pageColour } from './palette';
import { type OrderingMetric, axisUnit } from '../../core/cost/metrics';

export interface BudgetCurve {
  readonly label: string;
  readonly strategy: number;
  /** Whether it wins, or ties with a winner, at some budget. */
  readonly isWinner: boolean;
  /** By rising cost; AP in [0, 1]. */
  readonly points: readonly { readonly cost: number; readonly AP: number }[];
}

export interface BudgetCurvesOptions {
  readonly width: number;
  readonly height: number;
  readonly metric: OrderingMetric;
  readonly currency: string;
  readonly title: string;
}

/** AP along training against the cost up to then, a line for each row; rows that never win are faint. */
export async function budgetCurves(
  curves: readonly BudgetCurve[],
  options: BudgetCurvesOptions,
): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { width, metric, currency, title } = options;
  const points = curves.flatMap((curve) =>
    curve.points.filter(({ cost }) => cost > 0).map(({ cost, AP }) => ({ cost, y: 100 * AP, curve })),
  );
  const costs = points.map(({ cost }) => cost);
  const domain: [number, number] = [Math.min(...costs) / 1.1, Math.max(...costs) * 1.1];
  const unit = axisUnit(metric, domain[1], currency);
  const of = (isWinner: boolean) => points.filter(({ curve }) => curve.isWinner === isWinner);
  const line = (isWinner: boolean) =>
    Plot.line(of(isWinner), {
      x: 'cost',
      y: 'y',
      z: ({ curve }: (typeof points)[number]) => curve.label,
      stroke: ({ curve }: (typeof points)[number]) =>
        isWinner ? seriesColour(curve.strategy) : pageColour('ink-soft'),
      strokeWidth: isWinner ? 1.75 : 1,
      strokeOpacity: isWinner ? 1 : 0.4,
    });
  const svg = Plot.plot({
    ...plotFrame(options, { top: 20, right: 14, bottom: 40, left: 34 }),
    x: {
      ...logAxis(domain, unit.size, width),
      label: `${unit.label}, log scale →`,
      labelOffset: 36,
    },
    y: {
      domain: [0, Math.max(1, 1.06 * Math.max(...points.map(({ y }) => y)))],
      label: '↑ AP',
      ticks: 5,
      tickSize: 0,
    },
    color: { type: 'identity' },
    marks: [
      Plot.gridY(gridLines(5)),
      line(false),
      line(true),
      Plot.dot(of(true), {
        x: 'cost',
        y: 'y',
        r: 2.5,
        fill: ({ curve }: (typeof points)[number]) => seriesColour(curve.strategy),
        title: ({ curve, y }: (typeof points)[number]) => `${curve.label}\nAP ${y.toFixed(1)}`,
      }),
    ],
  });
  const ends = curves
    .filter(({ isWinner }) => isWinner)
    .map(({ label, points: own }) => `${label} ends at AP ${(100 * own.at(-1)!.AP).toFixed(1)}`);
  const description = `${curves.length} rows. ${ends.join('; ')}.`;
  return serialiseChart(svg, { title, description, className: 'chart' });
}
