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
  /** Whether points have a tip each: small screens have no pointer to rest on them. */
  readonly tips: boolean;
}

const fontSize = 12;
const margin = { left: 34, right: 16, top: 26, bottom: 42 };

const labelSides = [
  ['left', 'end', -9, -9],
  ['right', 'start', 9, -9],
  ['below', 'start', 9, 12],
] as const;

const labelText = {
  x: ({ point }: Label) => point.cost,
  y: ({ point }: Label) => 100 * point.score,
  text: ({ point }: Label) => point.label,
  fill: pageColour('ink'),
  stroke: pageColour('paper'),
  strokeWidth: 3,
  fontSize: fontSize - 0.5,
};

/** AP against cost, cost on a logarithmic axis, with the Pareto front. Points without cost are left out. */
export async function costPlot(points: readonly CostPoint[], options: CostPlotOptions): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { width, height, metric, currency, title } = options;
  const shown = points.filter((point) => point.cost > 0);
  const front = shown.filter((point) => point.onFront).sort((a, b) => a.cost - b.cost);
  const { domain, yDomain, position } = scalesOf(shown, options);
  const unit = axisUnit(metric, domain[1], currency);
  const format = (value: number) => formatAmount(metric, value, currency);
  const labels = placeLabels(front, shown, position, width - margin.right);
  const svg = Plot.plot({
    ...plotFrame(options, margin),
    x: logAxis(domain, unit.size, width),
    y: { domain: yDomain, label: null, ticks: 6, tickSize: 0 },
    color: { type: 'identity' },
    marks: [
      Plot.gridY(gridLines(6)),
      Plot.ruleX([domain[0]], { stroke: 'none' }),
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
      ...labelSides.map(([side, textAnchor, dx, dy]) =>
        Plot.text(
          labels.filter((label) => label.side === side),
          { ...labelText, textAnchor, dx, dy },
        ),
      ),
    ],
  });
  const quantity = metric === 'flops' ? '' : `${costMetrics[metric].name}, `;
  addCaption(svg, 0, 12, 'start', 'AP, percent ↑');
  addCaption(svg, width - margin.right, height - 6, 'end', `${quantity}${unit.label}, log scale →`);
  // Points are written, not drawn: a thousand of them on every plot would take the library minutes.
  const layer = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'g');
  layer.setAttribute('class', 'points');
  svg.insertBefore(layer, svg.querySelector('[aria-label="text"]'));
  const chart = serialiseChart(svg, {
    title,
    description: describe(front, shown, format),
    className: 'chart',
  });
  return chart.replace(/(<g class="points")[^>]*?(?:\/>|><\/g>)/, (_, open: string) => {
    const drawn = drawPoints(shown, position, options.tips ? format : undefined);
    return `${open}>${drawn}</g>`;
  });
}

/** In pixels. */
interface Position {
  x(cost: number): number;
  y(score: number): number;
}

function scalesOf(shown: readonly CostPoint[], { width, height }: CostPlotOptions) {
  const costs = shown.flatMap(({ cost, costInterval }) => [
    cost,
    ...(costInterval ? [costInterval.low, costInterval.high] : []),
  ]);
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  const padding = Math.max(1.15, (most / least) ** 0.06);
  const domain: [number, number] = [least / padding, most * padding];
  const scores = shown.flatMap((point) => [100 * point.min, 100 * point.max]);
  const [worst, best] = [Math.min(...scores), Math.max(...scores)];
  const span = Math.max(2, best - worst);
  const yDomain: [number, number] = [Math.max(0, worst - 0.1 * span), Math.min(100, best + 0.16 * span)];
  const position: Position = {
    x: logScale(domain, width, margin),
    y: (score) =>
      height -
      margin.bottom -
      ((100 * score - yDomain[0]) / (yDomain[1] - yDomain[0])) * (height - margin.top - margin.bottom),
  };
  return { domain, yDomain, position };
}

/** Those of one strategy together, in its colour; those on the front last, on top of the others. */
function drawPoints(
  shown: readonly CostPoint[],
  position: Position,
  format?: (value: number) => string,
): string {
  const round = (value: number) => String(Math.round(10 * value) / 10);
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
  readonly side: 'left' | 'right' | 'below';
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

/**
 * No point is above and left of a point of the front. A label that does not fit there is placed to the right of its
 * point, over the front's line or under it. Where labels would overlap, that of the better point is drawn.
 */
function placeLabels(
  front: readonly CostPoint[],
  shown: readonly CostPoint[],
  position: Position,
  rightEdge: number,
): Label[] {
  const taken: Box[] = [];
  const labels: Label[] = [];
  const height = fontSize * 1.25;
  const meets = (a: Box, b: Box) =>
    Math.abs(a.y - b.y) < height && a.left < b.right + 6 && b.left < a.right + 6;
  const covers = (box: Box, own: CostPoint) =>
    shown.some((point) => {
      const x = position.x(point.cost);
      return point !== own && meets(box, { left: x - 6, right: x + 6, y: position.y(point.score) });
    });
  for (const [index, point] of [...front.entries()].reverse()) {
    const textWidth = point.label.length * fontSize * 0.56;
    const [x, y] = [position.x(point.cost), position.y(point.score)];
    const next = front[index + 1];
    const step = next === undefined ? Infinity : position.x(next.cost);
    const right = { left: x + 9, right: x + 9 + textWidth };
    const candidates: [Label['side'], Box, boolean][] = [
      ['left', { left: x - 9 - textWidth, right: x - 9, y: y - 9 }, x - 9 - textWidth > 2],
      ['right', { ...right, y: y - 9 }, right.right < Math.min(step, rightEdge + 12)],
      [
        'below',
        { ...right, y: y + 12 },
        right.right < rightEdge + 12 && !covers({ ...right, y: y + 12 }, point),
      ],
    ];
    const found = candidates.find(([, box, fits]) => fits && !taken.some((other) => meets(other, box)));
    if (found === undefined) continue;
    taken.push(found[1]);
    labels.push({ point, side: found[0] });
  }
  return labels;
}
