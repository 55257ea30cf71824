import { z } from 'zod';
import { chartAttributes, escapeXml } from './svg';
import { pageColour } from './palette';
import { spreadLabels } from './plot-frame';

const curveSchema = z.array(z.looseObject({ step: z.number(), loss: z.number().nullable() }));

export interface LossPoint {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

const lossNames: readonly (readonly [name: string, label: string])[] = [
  ['loss', 'total'],
  ['classLoss', 'class'],
  ['boxLoss', 'box'],
];

/** A training stage's curve, thinned to at most `most` points; `undefined` for what is no curve. */
export function readCurve(json: unknown, most = 300): LossPoint[] | undefined {
  const parsed = curveSchema.safeParse(json);
  if (!parsed.success || parsed.data.length < 2) return undefined;
  const points = parsed.data.map((point): LossPoint => ({
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

const chartRoot = Object.entries(chartAttributes)
  .map(([name, value]) => ` ${name}="${value}"`)
  .join('');

const margin = { left: 40, right: 62, top: 10, bottom: 30 };

/**
 * Loss against step: the whole in the accent colour, its parts beside it. Written as text: every training of every trial
 * has one, and drawing it in a document takes fifty times as long.
 */
export async function lossCurve(
  curve: readonly LossPoint[],
  options: { readonly title: string; readonly width: number; readonly height: number },
): Promise<string> {
  const { ticks } = await import('d3-array');
  const { title, width, height } = options;
  const [start, last] = [curve[0]!.step, curve.at(-1)!.step];
  const series = lossNames.filter(([name]) => curve.some((point) => point.values[name] !== undefined));
  const values = curve
    .flatMap((point) => series.map(([name]) => point.values[name] ?? 0))
    .sort((a, b) => a - b);
  // The first steps may be a hundred times what follows: the axis shows 98 % of the points.
  const top = (values[Math.floor(0.985 * (values.length - 1))] ?? 1) * 1.08;
  const round = (value: number) => String(Math.round(10 * value) / 10);
  const x = (step: number) =>
    round(margin.left + ((step - start) / (last - start || 1)) * (width - margin.left - margin.right));
  const yOf = (loss: number) =>
    height - margin.bottom - (loss / (top || 1)) * (height - margin.top - margin.bottom);
  const y = (loss: number) => round(yOf(loss));
  const grid = ticks(0, top, 4).map(
    (tick) =>
      `<path d="M${margin.left},${y(tick)}H${width - margin.right}" stroke="${pageColour('grid')}"/><text x="${margin.left - 6}" y="${y(tick)}" dy="0.32em" text-anchor="end">${tick}</text>`,
  );
  const steps = ticks(start, last, Math.floor(width / 90)).map(
    (tick) =>
      `<path d="M${x(tick)},${height - margin.bottom}v4" stroke="currentColor"/><text x="${x(tick)}" y="${height - margin.bottom + 16}" text-anchor="middle">${tick}</text>`,
  );
  const lines = series.map(([name, label], index) => {
    const points = curve.filter((point) => point.values[name] !== undefined);
    const path = points.map(({ step, values: at }) => `${x(step)},${y(Math.min(top, at[name]!))}`).join('L');
    const stroke = index === 0 ? pageColour('accent') : pageColour('ink-soft');
    const dash = index === 2 ? ' stroke-dasharray="4 3"' : '';
    return {
      label,
      end: points.at(-1)!.values[name]!,
      path: `<path d="M${path}" fill="none" stroke="${stroke}" stroke-width="${index === 0 ? 1.75 : 1}"${dash}/>`,
    };
  });
  const ends = lines.map(({ label, end }) => ({ text: `${label} ${end.toFixed(2)}`, y: Math.min(top, end) }));
  const names = spreadLabels(ends, (13 / (height - 40)) * top).map(
    (label) =>
      `<text x="${width - margin.right + 6}" y="${y(label.y)}" dy="0.32em" fill="${pageColour('ink')}">${escapeXml(label.text)}</text>`,
  );
  const finals = lines.map((line) => `${line.label} ${line.end.toFixed(3)}`).join(', ');
  const spoken = `${title}. From step ${start} to ${last}; at the end ${finals}.`;
  return `<svg viewBox="0 0 ${width} ${height}" class="chart"${chartRoot} role="img" aria-label="${escapeXml(spoken)}">${[
    ...grid,
    ...steps,
    ...lines.map(({ path }) => path),
    ...names,
  ].join('')}</svg>`;
}
