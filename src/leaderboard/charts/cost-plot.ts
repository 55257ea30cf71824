import { groups } from 'd3-array';
import type { Interval } from '../../statistics/bootstrap/intervals';
import { formatProbability, formatScore } from '../../core/text/units';
import { seriesColour, seriesShape, shapePaths } from './marks';
import { logAxis, logScale } from './log-axis';
import { addCaption, gridLines, plotFrame } from './plot-frame';
import { escapeXml, serialiseChart } from './svg';
import { pageColour } from './palette';
import { axisUnit, costMetrics, formatAmount, type OrderingMetric } from '../../core/cost/metrics';

export interface CostPoint {
  /** Of its row, the same on all plots: scripts find it by that. */
  readonly id: number;
  readonly cost: number;
  /** Over seeds. */
  readonly costInterval: Interval | null;
  /** In [0, 1]. */
  readonly score: number;
  readonly min: number;
  readonly max: number;
  readonly label: string;
  /** Points of one curve are joined by a line. */
  readonly curve: string;
  /** Indices on the axes. */
  readonly strategy: number;
  readonly init: number;
  readonly onFront: boolean;
  /** Probability of being on the front, where it is known. */
  readonly frontShare?: number;
}

export interface CostPlotOptions {
  readonly width: number;
  readonly height: number;
  readonly metric: OrderingMetric;
  /** Of money. */
  readonly currency: string;
  readonly title: string;
  /** Of plots that are compared with each other. */
  readonly domains: CostDomains;
  /** Whether points have native tips; scripts show their own. */
  readonly tips: boolean;
}

export interface CostDomains {
  readonly cost: readonly [number, number];
  /** AP in percent. */
  readonly score: readonly [number, number];
}

const fontSize = 11.5;
const margin = { left: 30, right: 12, top: 26, bottom: 40 };

/** AP against cost, cost on a logarithmic axis, with the Pareto front. Points without cost are left out. */
export async function costPlot(points: readonly CostPoint[], options: CostPlotOptions): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { width, height, metric, currency, title, domains } = options;
  const shown = points.filter((point) => point.cost > 0);
  const front = shown.filter((point) => point.onFront).sort((a, b) => a.cost - b.cost);
  const position = positionIn(domains, width, height);
  const unit = axisUnit(metric, domains.cost[1], currency);
  const format = (value: number) => formatAmount(metric, value, currency);
  const svg = Plot.plot({
    ...plotFrame(options, margin),
    x: logAxis(domains.cost, unit.size, width),
    y: { domain: [...domains.score], label: null, ticks: 6, tickSize: 0 },
    color: { type: 'identity' },
    marks: [
      Plot.gridY(gridLines(6)),
      Plot.ruleX([domains.cost[0]], { stroke: 'none' }),
      front.length > 1
        ? Plot.line(front, {
            x: 'cost',
            y: (point: CostPoint) => 100 * point.score,
            curve: 'step-after',
            stroke: pageColour('ink-soft'),
            strokeWidth: 1.25,
            strokeDasharray: '3 3',
          })
        : null,
    ],
  });
  const quantity = metric === 'flops' ? '' : `${costMetrics[metric].name}, `;
  addCaption(svg, 0, 12, 'start', 'AP, percent ↑');
  addCaption(svg, width - margin.right, height - 6, 'end', `${quantity}${unit.label}, log scale →`);
  // Points are written, not drawn: a thousand of them on every plot would take the library minutes.
  const layer = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'g');
  layer.setAttribute('class', 'points');
  svg.append(layer);
  const chart = serialiseChart(svg, {
    title,
    description: describe(front, shown, format),
    className: 'chart',
  });
  return chart.replace(/(<g class="points")[^>]*?(?:\/>|><\/g>)/, (_, open: string) => {
    const drawn = drawPoints(shown, position, options.tips ? format : undefined);
    const labels = placeLabels(front, shown, position, width - margin.right).map(drawLabel(position));
    return `${open}>${drawCurves(shown, position)}${drawn}${labels.join('')}</g>`;
  });
}

/** In pixels. */
interface Position {
  readonly x: (cost: number) => number;
  readonly y: (score: number) => number;
}

function positionIn({ cost, score: [low, high] }: CostDomains, width: number, height: number): Position {
  const inside = height - margin.top - margin.bottom;
  return {
    x: logScale(cost, width, margin),
    // Whiskers end at the frame.
    y: (score) => {
      const share = (100 * score - low) / (high - low);
      return height - margin.bottom - Math.min(1, Math.max(0, share)) * inside;
    },
  };
}

/** Whiskers may extend the axis of AP beyond the points by at most their spread on each side. */
export function costDomains(points: readonly CostPoint[]): CostDomains {
  const shown = points.filter(({ cost }) => cost > 0);
  const costs = shown.flatMap(({ cost, costInterval }) => [
    cost,
    ...(costInterval ? [costInterval.low, costInterval.high] : []),
  ]);
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  const padding = Math.max(1.15, (most / least) ** 0.06);
  const scores = shown.map(({ score }) => 100 * score);
  const [worst, best] = [Math.min(...scores), Math.max(...scores)];
  const spread = Math.max(5, best - worst);
  const low = Math.max(worst - spread, 100 * Math.min(...shown.map(({ min }) => min)));
  const high = Math.min(best + spread, 100 * Math.max(...shown.map(({ max }) => max)));
  const span = Math.max(2, high - low);
  return {
    cost: [least / padding, most * padding],
    score: [Math.max(0, low - 0.1 * span), Math.min(100, high + 0.16 * span)],
  };
}

const round = (value: number) => String(Math.round(10 * value) / 10);

/** A line through the points of each curve, by rising cost. */
function drawCurves(shown: readonly CostPoint[], position: Position): string {
  return groups(shown, ({ curve }) => curve)
    .filter(([, own]) => own.length > 1)
    .map(([, own]) => {
      const path = own
        .toSorted((a, b) => a.cost - b.cost)
        .map(({ cost, score }) => `${round(position.x(cost))},${round(position.y(score))}`);
      const colour = seriesColour(Math.max(...own.map(({ strategy }) => strategy)));
      return `<path class="curve" fill="none" stroke="${colour}" stroke-opacity="0.5" d="M${path.join('L')}"/>`;
    })
    .join('');
}

/** Those of one strategy together, in its colour; those on the front last, on top of the others. */
function drawPoints(
  shown: readonly CostPoint[],
  position: Position,
  format?: (value: number) => string,
): string {
  const draw = (point: CostPoint) => {
    const { id, cost, costInterval, score, min, max, onFront } = point;
    const [x, y] = [position.x(cost), position.y(score)];
    const whiskers =
      (max > min ? `M${round(x)},${round(position.y(max))}V${round(position.y(min))}` : '') +
      (costInterval !== null && costInterval.high > costInterval.low
        ? `M${round(position.x(costInterval.low))},${round(y)}H${round(position.x(costInterval.high))}`
        : '');
    const tip = format === undefined ? '' : `<title>${escapeXml(tipOf(point, format))}</title>`;
    const shape = shapePaths[seriesShape(point.init)];
    return `<g data-row="${id}"${onFront ? ' class="on-front"' : ''}>${tip}${
      whiskers === '' ? '' : `<path class="whisker" stroke-width="1" stroke-opacity="0.55" d="${whiskers}"/>`
    }<path class="point" transform="translate(${round(x)},${round(y)})" d="${shape}"${
      onFront ? ` fill="${seriesColour(point.strategy)}"` : ''
    }/></g>`;
  };
  const groups = [...new Set(shown.map(({ strategy }) => strategy))].sort((a, b) => a - b);
  const layer = (onFront: boolean) =>
    groups.map((strategy) => {
      const points = shown.filter((point) => point.strategy === strategy && point.onFront === onFront);
      if (points.length === 0) return '';
      const colour = seriesColour(strategy);
      return `<g stroke="${colour}" stroke-width="1.6" fill="${pageColour('paper')}">${points.map(draw).join('')}</g>`;
    });
  return [...layer(false), ...layer(true)].join('');
}

function tipOf(point: CostPoint, format: (value: number) => string): string {
  const { label, score, min, max, cost, costInterval, frontShare } = point;
  const range = (low: string, high: string) => (low === high ? '' : ` (${low} to ${high})`);
  return [
    label,
    `AP ${formatScore(score)}${range(formatScore(min), formatScore(max))}`,
    `${format(cost)}${costInterval === null ? '' : range(format(costInterval.low), format(costInterval.high))}`,
    ...(frontShare === undefined ? [] : [`on the front with ${formatProbability(frontShare)}`]),
  ].join('\n');
}

function describe(
  front: readonly CostPoint[],
  shown: readonly CostPoint[],
  format: (value: number) => string,
): string {
  const steps = front.map(
    (point) => `${point.label}: AP ${formatScore(point.score)} for ${format(point.cost)}`,
  );
  return `${shown.length} points. On the front, cheapest first: ${steps.join('; ')}. All numbers are in the table.`;
}

interface Label {
  readonly point: CostPoint;
  readonly anchor: 'start' | 'end';
  readonly dx: number;
  readonly dy: number;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

const drawLabel =
  ({ x, y }: Position) =>
  ({ point, anchor, dx, dy }: Label) =>
    `<text data-row="${point.id}" x="${round(x(point.cost) + dx)}" y="${round(y(point.score) + dy + 4)}" text-anchor="${anchor}" font-size="${fontSize}" fill="${pageColour('ink')}" stroke="${pageColour('paper')}" stroke-width="3" stroke-linejoin="round" paint-order="stroke">${escapeXml(point.label)}</text>`;

const meets = (a: Box, b: Box) =>
  Math.abs(a.y - b.y) < fontSize * 1.25 && a.left < b.right + 6 && b.left < a.right + 6;

/** Labels of the front's points, the best first, where they cover neither another label nor another point. */
function placeLabels(
  front: readonly CostPoint[],
  shown: readonly CostPoint[],
  { x, y }: Position,
  rightEdge: number,
): Label[] {
  const taken: Box[] = [];
  const pointBoxes = shown.map((point) => {
    const centre = x(point.cost);
    return { point, box: { left: centre - 4, right: centre + 4, y: y(point.score) } };
  });
  return front.toReversed().flatMap((point): Label[] => {
    const width = point.label.length * fontSize * 0.55;
    const candidates = [-11, 12, 0].flatMap((dy) =>
      (['end', 'start'] as const).map((anchor): Label => ({
        point,
        anchor,
        dx: (anchor === 'end' ? -1 : 1) * (dy === 0 ? 10 : 4),
        dy,
      })),
    );
    for (const label of candidates) {
      const [edge, centre] = [x(point.cost) + label.dx, y(point.score) + label.dy];
      const left = label.anchor === 'end' ? edge - width : edge;
      const box = { left, right: left + width, y: centre };
      const isInside = left > margin.left - 24 && box.right < rightEdge + 10 && centre > margin.top - 6;
      const isFree =
        !taken.some((other) => meets(other, box)) &&
        !pointBoxes.some((other) => other.point !== point && meets(other.box, box));
      if (!isInside || !isFree) continue;
      taken.push(box);
      return [label];
    }
    return [];
  });
}
