import { gridLines, plotFrame, spreadLabels } from './plot-frame';
import { serialiseChart } from './svg';
import { pageColour } from './palette';

interface QualityPoint {
  readonly scoreThreshold: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

const lines = [
  { name: 'precision', stroke: pageColour('series-1'), dash: undefined },
  { name: 'recall', stroke: pageColour('series-2'), dash: '6 3' },
  { name: 'f1', stroke: pageColour('ink-soft'), dash: '2 3' },
] as const;
const label = (name: (typeof lines)[number]['name']) => (name === 'f1' ? 'F1' : name);

/** Precision and recall of pseudo-labels against the score from which a detection becomes one; the one used is marked. */
export async function qualityCurve(
  points: readonly QualityPoint[],
  used: number,
  options: { readonly title: string; readonly width: number; readonly height: number },
): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { title, height } = options;
  const known = (name: (typeof lines)[number]['name']) =>
    points.flatMap((point) => (point[name] === null ? [] : [{ x: point.scoreThreshold, y: point[name] }]));
  const right = Math.max(0.1, ...points.map(({ scoreThreshold }) => scoreThreshold));
  const starts = lines.flatMap(({ name }) => {
    const last = known(name).at(-1);
    return last === undefined ? [] : [{ ...last, text: label(name) }];
  });
  const svg = Plot.plot({
    ...plotFrame(options, { top: 22, right: 64, bottom: 38, left: 40 }),
    x: { domain: [0, right], label: 'score threshold →', labelOffset: 34, ticks: 6, tickSize: 4 },
    y: { domain: [0, 1], label: null, ticks: 5, tickSize: 0 },
    marks: [
      Plot.gridY(gridLines(5)),
      Plot.ruleX([used], { stroke: pageColour('ink-soft'), strokeWidth: 1 }),
      Plot.text([used], {
        x: (value: number) => value,
        y: 1,
        text: () => 'used',
        dy: -10,
        fill: pageColour('ink-soft'),
      }),
      ...lines.flatMap(({ name, stroke, dash }) => [
        Plot.line(known(name), { x: 'x', y: 'y', stroke, strokeWidth: 1.75, strokeDasharray: dash }),
        Plot.dot(known(name), { x: 'x', y: 'y', r: 2.25, fill: stroke }),
      ]),
      Plot.text(spreadLabels(starts, 15 / (height - 60), 1), {
        x: 'x',
        y: 'y',
        text: 'text',
        textAnchor: 'start',
        dx: 8,
        fill: pageColour('ink'),
      }),
    ],
  });
  const spoken = points
    .filter((_, index) => index % 2 === 1 || points.length < 6)
    .map(
      ({ scoreThreshold, precision, recall }) =>
        `${scoreThreshold}: precision ${percent(precision)}, recall ${percent(recall)}`,
    );
  return serialiseChart(svg, {
    title,
    description: `By score threshold. ${spoken.join('; ')}`,
    className: 'chart',
  });
}

const percent = (value: number | null) => (value === null ? 'none' : `${(100 * value).toFixed(0)} %`);
