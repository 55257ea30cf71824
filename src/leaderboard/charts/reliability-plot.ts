import type { Calibration } from '../../evaluation';
import { gridLines, plotFrame } from './plot-frame';
import { serialiseChart } from './svg';
import { pageColour } from './palette';

/** How often detections of a score are right: on the diagonal where a score is the probability that it claims to be. */
export async function reliabilityPlot(
  { bins }: Calibration,
  options: { readonly title: string; readonly width: number; readonly height: number },
): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { title } = options;
  const filled = bins.flatMap(({ meanScore, precision, detections, from, to }) =>
    meanScore === null || precision === null ? [] : [{ meanScore, precision, detections, from, to }],
  );
  const most = Math.max(1, ...filled.map(({ detections }) => detections));
  const svg = Plot.plot({
    ...plotFrame(options, { top: 22, right: 12, bottom: 38, left: 40 }),
    x: { domain: [0, 1], label: 'score →', labelOffset: 34, ticks: 5, tickSize: 4 },
    y: { domain: [0, 1], label: '↑ share that is right', ticks: 5, tickSize: 0 },
    r: { type: 'identity' },
    marks: [
      Plot.gridY(gridLines(5)),
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: pageColour('ink-soft'), strokeDasharray: '4 3' },
      ),
      Plot.link(filled, {
        x1: 'meanScore',
        x2: 'meanScore',
        y1: 'meanScore',
        y2: 'precision',
        stroke: pageColour('accent'),
        strokeOpacity: 0.45,
        strokeWidth: 1.25,
      }),
      Plot.line(filled, { x: 'meanScore', y: 'precision', stroke: pageColour('accent'), strokeWidth: 1.5 }),
      Plot.dot(filled, {
        x: 'meanScore',
        y: 'precision',
        r: ({ detections }: { detections: number }) => 2.5 + 6 * Math.sqrt(detections / most),
        fill: pageColour('accent'),
        stroke: pageColour('paper'),
      }),
    ],
  });
  const spoken = filled.map(
    ({ from, to, precision, detections }) =>
      `${from.toFixed(1)} to ${to.toFixed(1)}: ${(100 * precision).toFixed(0)} % of ${detections}`,
  );
  return serialiseChart(svg, {
    title,
    description: `Share of detections that are right, by score. ${spoken.join('; ')}`,
    className: 'chart',
  });
}
