import { z } from 'zod';
import { chartDocument, serialiseChart } from './svg';

const curveSchema = z.array(z.looseObject({ step: z.number(), loss: z.number().nullable() }));

export interface CurvePoint {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

const lossNames: readonly (readonly [name: string, label: string])[] = [
  ['loss', 'total'],
  ['classLoss', 'class'],
  ['boxLoss', 'box'],
];

/** A training stage's curve, thinned to at most `most` points; `undefined` for what is no curve. */
export function readCurve(json: unknown, most = 300): CurvePoint[] | undefined {
  const parsed = curveSchema.safeParse(json);
  if (!parsed.success || parsed.data.length < 2) return undefined;
  const points = parsed.data.map((point): CurvePoint => ({
    step: point.step,
    values: Object.fromEntries(
      Object.entries(point).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]),
      ),
    ),
  }));
  const every = Math.ceil(points.length / most);
  return points.filter((_, index) => index % every === 0 || index === points.length - 1);
}

/** Loss against step: the whole in the accent colour, its parts beside it. */
export async function lossCurve(
  curve: readonly CurvePoint[],
  options: { readonly title: string; readonly width: number; readonly height: number },
): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { title, width, height } = options;
  const last = curve.at(-1)!;
  const series = lossNames.filter(([name]) => curve.some((point) => point.values[name] !== undefined));
  const values = curve
    .flatMap((point) => series.map(([name]) => point.values[name] ?? 0))
    .sort((a, b) => a - b);
  // The first steps may be a hundred times what follows: the axis shows 98 % of the points.
  const top = (values[Math.floor(0.985 * (values.length - 1))] ?? 1) * 1.08;
  const lines = series.map(([name, label], index) => {
    const points = curve.filter((point) => point.values[name] !== undefined);
    return {
      label,
      end: points.at(-1)!.values[name]!,
      mark: Plot.line(points, {
        x: 'step',
        y: (point: CurvePoint) => Math.min(top, point.values[name]!),
        stroke: index === 0 ? 'var(--accent)' : 'var(--ink-soft)',
        strokeWidth: index === 0 ? 1.75 : 1,
        strokeDasharray: index === 2 ? '4 3' : undefined,
      }),
    };
  });
  const svg = Plot.plot({
    document: chartDocument(),
    width,
    height,
    marginLeft: 40,
    marginRight: 62,
    marginTop: 10,
    marginBottom: 30,
    x: { label: null, ticks: Math.floor(width / 90), tickSize: 4 },
    y: { domain: [0, top], label: null, ticks: 4, tickSize: 0 },
    marks: [
      Plot.gridY({ ticks: 4, stroke: 'var(--grid)', strokeOpacity: 1 }),
      ...lines.map((line) => line.mark),
      Plot.text(apart(lines, top, height), {
        x: () => last.step,
        y: 'y',
        text: 'text',
        textAnchor: 'start',
        dx: 6,
        fill: 'var(--ink)',
      }),
    ],
  });
  const ends = lines.map((line) => `${line.label} ${line.end.toFixed(3)}`).join(', ');
  return serialiseChart(svg, {
    title,
    description: `From step ${curve[0]!.step} to ${last.step}; at the end ${ends}.`,
    className: 'chart',
  });
}

/** Labels at the lines' ends, moved apart where they would overlap. */
function apart(lines: readonly { label: string; end: number }[], top: number, height: number) {
  const gap = (13 / (height - 40)) * top;
  const sorted = lines
    .map(({ label, end }) => ({ text: `${label} ${end.toFixed(2)}`, y: Math.min(top, end) }))
    .sort((a, b) => a.y - b.y);
  for (let index = 1; index < sorted.length; index++) {
    sorted[index]!.y = Math.max(sorted[index]!.y, sorted[index - 1]!.y + gap);
  }
  return sorted;
}
