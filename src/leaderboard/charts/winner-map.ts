import type { BudgetMap } from '../model/budget';
import { formatShare } from '../../core/text/units';
import { logTicks, tickText } from './log-axis';
import { seriesColour } from './marks';
import { chartDocument, serialiseChart } from './svg';
import { pageColour } from './palette';
import { axisUnit } from '../../core/cost/metrics';

export interface WinnerMapOptions {
  readonly width: number;
  readonly currency: string;
  readonly title: string;
  readonly description: string;
  /** Name of an answer's winner, the longest first: the first that fits is written. */
  readonly namesOf: (answer: BudgetMap['answers'][number]) => readonly string[];
  /** Place of the winner's strategy on its axis. */
  readonly series: (answer: BudgetMap['answers'][number]) => number;
}

export const mapMargin = { left: 52, right: 14, top: 6, bottom: 40 };
const rowHeight = 58;

/** Labelled fraction × budget: who wins; hatched where the winner is not told from others. */
export async function winnerMap(map: BudgetMap, options: WinnerMapOptions): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const document = chartDocument();
  const { width, currency, title, description, namesOf, series } = options;
  const { budgets, answers, metric } = map;
  const end = budgets.at(-1)! * (budgets.at(-1)! / budgets[0]!) ** (1 / budgets.length);
  const domain: [number, number] = [budgets[0]!, Math.max(end, budgets[0]! * 1.2)];
  const unit = axisUnit(metric, domain[1], currency);
  const fractions = [...new Set(answers.map(({ fraction }) => fraction))].sort((a, b) => b - a);
  const scale = (value: number) =>
    mapMargin.left +
    (Math.log(value / domain[0]) / Math.log(domain[1] / domain[0])) *
      (width - mapMargin.left - mapMargin.right);
  const cells = answers.map((answer) => ({
    y: formatShare(answer.fraction),
    x1: budgets[answer.from]!,
    x2: budgets[answer.to] ?? domain[1],
    colour: seriesColour(series(answer)),
    isTie: answer.ties.length > 0,
    lines: linesOf(
      answer,
      scale(budgets[answer.to] ?? domain[1]) - scale(budgets[answer.from]!),
      namesOf(answer),
    ),
  }));
  const svg = Plot.plot({
    document,
    width,
    height: mapMargin.top + mapMargin.bottom + rowHeight * fractions.length,
    marginLeft: mapMargin.left,
    marginRight: mapMargin.right,
    marginTop: mapMargin.top,
    marginBottom: mapMargin.bottom,
    x: {
      type: 'log',
      domain,
      label: null,
      ticks: logTicks(domain, unit.size, width),
      tickFormat: tickText(unit.size),
      tickSize: 4,
    },
    y: { type: 'band', domain: fractions.map(formatShare), label: null, tickSize: 0, padding: 0.08 },
    color: { type: 'identity' },
    marks: [
      Plot.barX(cells, {
        x1: 'x1',
        x2: 'x2',
        y: 'y',
        fill: 'colour',
        fillOpacity: 0.16,
        stroke: 'colour',
        strokeWidth: 1,
        insetLeft: 1,
        insetRight: 1,
      }),
      Plot.barX(
        cells.filter(({ isTie }) => isTie),
        { x1: 'x1', x2: 'x2', y: 'y', fill: 'url(#tie)', insetLeft: 1, insetRight: 1 },
      ),
      ...[0, 1].map((line) =>
        Plot.text(
          cells.filter(({ lines }) => lines[line] !== undefined),
          {
            x: 'x1',
            y: 'y',
            text: ({ lines }: (typeof cells)[number]) => lines[line],
            textAnchor: 'start',
            dx: 8,
            dy: line === 0 ? -8 : 8,
            fill: line === 0 ? pageColour('ink') : pageColour('ink-soft'),
            stroke: pageColour('paper'),
            strokeWidth: 3,
          },
        ),
      ),
    ],
    style: { fontSize: '12px' },
  });
  const id = `tie-${map.count}-${width}`;
  const defs = document.createElementNS('http://www.w3.org/2000/svg', 'defs');
  // Stripes across a square tile: a turned tile takes five times as long to draw as a PNG.
  defs.innerHTML = `<pattern id="${id}" width="10" height="10" patternUnits="userSpaceOnUse"><path d="M-2,2L2,-2M0,10L10,0M8,12L12,8" stroke="${pageColour('ink-soft')}" stroke-opacity="0.45" stroke-width="1.4"/></pattern>`;
  svg.prepend(defs);
  const caption = document.createElementNS('http://www.w3.org/2000/svg', 'text');
  const height = mapMargin.top + mapMargin.bottom + rowHeight * fractions.length;
  for (const [name, value] of Object.entries({
    x: width - mapMargin.right,
    y: height - 6,
    'text-anchor': 'end',
  })) {
    caption.setAttribute(name, String(value));
  }
  caption.textContent = `budget, ${unit.label}, log scale →`;
  svg.append(caption);
  return serialiseChart(svg, { title, description, className: 'chart winner-map' }).replaceAll(
    'url(#tie)',
    `url(#${id})`,
  );
}

/** Name and certainty, as far as the cell has room for them. */
function linesOf(
  answer: BudgetMap['answers'][number],
  width: number,
  names: readonly string[],
): (string | undefined)[] {
  const fits = (text: string) => text.length * 6.4 + 14 < width;
  const { winner, ties } = answer;
  const AP = `AP ${(100 * winner.purchase.AP).toFixed(1)}`;
  const certainty = [
    ...(ties.length > 0 ? [`${AP}, tie of ${ties.length + 1}`, `tie of ${ties.length + 1}`] : []),
    AP,
  ];
  return [names.find(fits), certainty.find(fits)];
}
