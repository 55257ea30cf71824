import { pageColour } from './palette';
import { chartDocument } from './svg';

/** In pixels, from the edges of a chart to its axes. */
export interface Margin {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** Options of a plot: its size, its margins, and a new document. */
export const plotFrame = (size: { readonly width: number; readonly height: number }, margin: Margin) => ({
  document: chartDocument(),
  width: size.width,
  height: size.height,
  marginTop: margin.top,
  marginRight: margin.right,
  marginBottom: margin.bottom,
  marginLeft: margin.left,
});

/** Options of the horizontal grid lines. */
export const gridLines = (ticks: number) => ({ ticks, stroke: pageColour('grid'), strokeOpacity: 1 });

/** Appends a caption to a plot, at a position in pixels. */
export function addCaption(
  svg: Element,
  x: number,
  y: number,
  anchor: 'start' | 'end',
  caption: string,
): void {
  const text = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'text');
  for (const [name, value] of Object.entries({ x, y, 'text-anchor': anchor })) {
    text.setAttribute(name, String(value));
  }
  text.textContent = caption;
  svg.append(text);
}

/**
 * Labels at the ends of lines, by rising `y`, moved up where they would overlap.
 *
 * @param gap least distance
 * @param most limit of `y`; all labels move down by as much as the last one exceeds it
 */
export function spreadLabels<T extends { readonly y: number }>(
  labels: readonly T[],
  gap: number,
  most = Infinity,
): T[] {
  const sorted: T[] = [];
  for (const label of [...labels].sort((a, b) => a.y - b.y)) {
    const least = (sorted.at(-1)?.y ?? -Infinity) + gap;
    sorted.push({ ...label, y: Math.max(label.y, least) });
  }
  const over = Math.max(0, (sorted.at(-1)?.y ?? 0) - most);
  return sorted.map((label) => ({ ...label, y: label.y - over }));
}
