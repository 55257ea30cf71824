import type { Interval } from '../../statistics/bootstrap/intervals';
import { formatProbability, formatScore } from '../../core/text/units';
import { seriesColour, seriesShape, shapePaths } from './marks';
import { logTicks, tickText } from './log-axis';
import { chartDocument, escapeXml, serialiseChart } from './svg';
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

const labelSides = [
  ['left', 'end', -9, -9],
  ['right', 'start', 9, -9],
  ['below', 'start', 9, 12],
] as const;

/** AP against cost, cost on a logarithmic axis, with the front of what nothing beats. Points without cost have no place on it. */
export async function costPlot(points: readonly CostPoint[], options: CostPlotOptions): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const document = chartDocument();
  const { width, height, metric, currency, title } = options;
  const shown = points.filter((point) => point.cost > 0);
  const costs = shown.flatMap(({ cost, costInterval }) => [
    cost,
    ...(costInterval ? [costInterval.low, costInterval.high] : []),
  ]);
  const domain = logDomain(Math.min(...costs), Math.max(...costs));
  const unit = axisUnit(metric, domain[1], currency);
  const format = (value: number) => formatAmount(metric, value, currency);
  const front = shown.filter((point) => point.onFront).sort((a, b) => a.cost - b.cost);
  const margin = { left: 34, right: 16, top: 26, bottom: 42 };
  const scores = shown.flatMap((point) => [100 * point.min, 100 * point.max]);
  const span = Math.max(2, Math.max(...scores) - Math.min(...scores));
  const yDomain = [
    Math.max(0, Math.min(...scores) - 0.1 * span),
    Math.min(100, Math.max(...scores) + 0.16 * span),
  ];
  const place = {
    x: (cost: number) =>
      margin.left +
      (Math.log(cost / domain[0]) / Math.log(domain[1] / domain[0])) * (width - margin.left - margin.right),
    y: (score: number) =>
      height -
      margin.bottom -
      ((100 * score - yDomain[0]!) / (yDomain[1]! - yDomain[0]!)) * (height - margin.top - margin.bottom),
  };
  const labels = placeLabels(front, shown, place, width - margin.right);
  const svg = Plot.plot({
    document,
    width,
    height,
    marginLeft: margin.left,
    marginRight: margin.right,
    marginTop: margin.top,
    marginBottom: margin.bottom,
    x: {
      type: 'log',
      domain,
      label: null,
      ticks: logTicks(domain, unit.size, width),
      tickFormat: tickText(unit.size),
      tickSize: 4,
    },
    y: { domain: yDomain, label: null, ticks: 6, tickSize: 0 },
    color: { type: 'identity' },
    marks: [
      Plot.gridY({ ticks: 6, stroke: pageColour('grid'), strokeOpacity: 1 }),
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
          {
            x: (label: Label) => label.point.cost,
            y: (label: Label) => 100 * label.point.score,
            text: (label: Label) => label.point.label,
            textAnchor,
            dx,
            dy,
            fill: pageColour('ink'),
            stroke: pageColour('paper'),
            strokeWidth: 3,
            fontSize: fontSize - 0.5,
          },
        ),
      ),
    ],
    style: { fontSize: `${fontSize}px` },
  });
  const captions: readonly [x: number, y: number, anchor: string, text: string][] = [
    [0, 12, 'start', 'AP, percent ↑'],
    [
      width - margin.right,
      height - 6,
      'end',
      `${metric === 'flops' ? '' : `${costMetrics[metric].name}, `}${unit.label}, log scale →`,
    ],
  ];
  for (const [x, y, anchor, caption] of captions) {
    const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    for (const [name, value] of Object.entries({ x, y, 'text-anchor': anchor })) {
      text.setAttribute(name, String(value));
    }
    text.textContent = caption;
    svg.append(text);
  }
  // Points are written, not drawn: a thousand of them on every plot would take the library minutes.
  const layer = document.createElementNS('http://www.w3.org/2000/svg', 'g');
  layer.setAttribute('class', 'points');
  svg.insertBefore(layer, svg.querySelector('[aria-label="text"]'));
  const chart = serialiseChart(svg, {
    title,
    description: describe(front, shown, format),
    className: 'chart',
  });
  return chart.replace(/(<g class="points")[^>]*?(?:\/>|><\/g>)/, (_, open: string) => {
    const drawn = drawPoints(shown, place, options.tips ? format : undefined);
    return `${open}>${drawn}</g>`;
  });
}

/** Those of one strategy together, in its colour; those on the front last, on top of the others. */
function drawPoints(
  shown: readonly CostPoint[],
  place: { x(cost: number): number; y(score: number): number },
  format?: (value: number) => string,
): string {
  const round = (value: number) => String(Math.round(10 * value) / 10);
  const draw = (point: CostPoint) => {
    const { id, cost, costInterval, score, min, max, onFront } = point;
    const [x, y] = [place.x(cost), place.y(score)];
    const whiskers =
      (max > min ? `M${round(x)},${round(place.y(max))}V${round(place.y(min))}` : '') +
      (costInterval !== null && costInterval.high > costInterval.low
        ? `M${round(place.x(costInterval.low))},${round(y)}H${round(place.x(costInterval.high))}`
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

function logDomain(min: number, max: number): [number, number] {
  const padding = Math.max(1.15, (max / min) ** 0.06);
  return [min / padding, max * padding];
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
 * Above and left of a point of the front there is nothing by its nature; a label that has no room there stands to the
 * right of its point, over the front's line or under it. Where labels would meet, that of the better point stays.
 */
function placeLabels(
  front: readonly CostPoint[],
  shown: readonly CostPoint[],
  place: { x(cost: number): number; y(score: number): number },
  rightEdge: number,
): Label[] {
  const taken: Box[] = [];
  const labels: Label[] = [];
  const height = fontSize * 1.25;
  const meets = (a: Box, b: Box) =>
    Math.abs(a.y - b.y) < height && a.left < b.right + 6 && b.left < a.right + 6;
  const covers = (box: Box, own: CostPoint) =>
    shown.some((point) => {
      const x = place.x(point.cost);
      return point !== own && meets(box, { left: x - 6, right: x + 6, y: place.y(point.score) });
    });
  for (const [index, point] of [...front.entries()].reverse()) {
    const textWidth = point.label.length * fontSize * 0.56;
    const [x, y] = [place.x(point.cost), place.y(point.score)];
    const next = front[index + 1];
    const step = next === undefined ? Infinity : place.x(next.cost);
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
