import type { BudgetMap } from '../model/budget';
import { formatShare } from '../../core/text/units';
import { logAxis, logScale } from './log-axis';
import { seriesColour } from './marks';
import { addCaption, plotFrame } from './plot-frame';
import { serialiseChart } from './svg';
import { pageColour } from './palette';
import { axisUnit } from '../../core/cost/metrics';

export interface WinnerMapOptions {
  readonly width: number;
  readonly currency: string;
  readonly title: string;
  readonly description: string;
  /** Name of an answer's winner, the longest first: the first that fits is written. */
  readonly namesOf: (answer: BudgetMap['answers'][number]) => readonly string[];
  /** Index of the winner's strategy on its axis. */
  readonly series: (answer: BudgetMap['answers'][number]) => number;
}

export const mapMargin = { left: 52, right: 14, top: 6, bottom: 40 };
const rowHeight = 58;

/** Labelled fraction × budget: who wins; hatched where others tie with the winner. */
export async function winnerMap(map: BudgetMap, options: WinnerMapOptions): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { width, currency, title, description } = options;
  const { budgets, answers, metric } = map;
  const end = budgets.at(-1)! * (budgets.at(-1)! / budgets[0]!) ** (1 / budgets.length);
  const domain: [number, number] = [budgets[0]!, Math.max(end, budgets[0]! * 1.2)];
  const unit = axisUnit(metric, domain[1], currency);
  const fractions = [...new Set(answers.map(({ fraction }) => fraction))].sort((a, b) => b - a);
  const height = mapMargin.top + mapMargin.bottom + rowHeight * fractions.length;
  const cells = cellsOf(map, domain, options);
  const span = { x1: 'x1', x2: 'x2', y: 'y', insetLeft: 1, insetRight: 1 };
  const svg = Plot.plot({
    ...plotFrame({ width, height }, mapMargin),
    x: logAxis(domain, unit.size, width),
    y: { type: 'band', domain: fractions.map(formatShare), label: null, tickSize: 0, padding: 0.08 },
    color: { type: 'identity' },
    marks: [
      Plot.barX(cells, { ...span, fill: 'colour', fillOpacity: 0.16, stroke: 'colour', strokeWidth: 1 }),
      Plot.barX(
        cells.filter(({ isTie }) => isTie),
        { ...span, fill: 'url(#tie)' },
      ),
      ...[0, 1].map((line) =>
        Plot.text(
          cells.filter(({ lines }) => lines[line] !== undefined),
          {
            x: 'x1',
            y: 'y',
            text: ({ lines }: Cell) => lines[line],
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
  });
  const id = `tie-${map.count}-${width}`;
  const defs = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'defs');
  // Stripes across a square tile: a turned tile takes five times as long to draw as a PNG.
  defs.innerHTML = `<pattern id="${id}" width="10" height="10" patternUnits="userSpaceOnUse"><path d="M-2,2L2,-2M0,10L10,0M8,12L12,8" stroke="${pageColour('ink-soft')}" stroke-opacity="0.45" stroke-width="1.4"/></pattern>`;
  svg.prepend(defs);
  addCaption(svg, width - mapMargin.right, height - 6, 'end', `budget, ${unit.label}, log scale →`);
  return serialiseChart(svg, { title, description, className: 'chart winner-map' }).replaceAll(
    'url(#tie)',
    `url(#${id})`,
  );
}

type Cell = ReturnType<typeof cellsOf>[number];

function cellsOf({ budgets, answers }: BudgetMap, domain: [number, number], options: WinnerMapOptions) {
  const scale = logScale(domain, options.width, mapMargin);
  return byWinner(answers).map((answer) => {
    const [x1, x2] = [budgets[answer.from]!, budgets[answer.to] ?? domain[1]];
    return {
      y: formatShare(answer.fraction),
      x1,
      x2,
      colour: seriesColour(options.series(answer)),
      isTie: answer.ties.length > 0,
      lines: linesOf(answer, scale(x2) - scale(x1), options.namesOf(answer)),
    };
  });
}

/** Neighbouring answers with the same winner are one cell, with the most ties that any of them has. */
function byWinner(answers: BudgetMap['answers']) {
  const list: BudgetMap['answers'][number][] = [];
  for (const answer of answers) {
    const last = list.at(-1);
    const isSame =
      last?.fraction === answer.fraction &&
      last.to === answer.from &&
      last.winner.purchase.row === answer.winner.purchase.row;
    if (!isSame) list.push(answer);
    else {
      const { ties } = answer.ties.length > last.ties.length ? answer : last;
      list[list.length - 1] = { ...last, to: answer.to, ties };
    }
  }
  return list;
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
    ...(ties.length > 0 ? [`${AP}, tie of up to ${ties.length + 1}`, `tie of up to ${ties.length + 1}`] : []),
    AP,
  ];
  return [names.find(fits), certainty.find(fits)];
}
