export type Size = readonly [width: number, height: number];

export interface ChartDrawing {
  readonly title: string;
  readonly width: number;
  readonly height: number;
}

/** A chart as SVG for a page; files are made from it. */
export interface Chart {
  readonly kind: 'plot';
  readonly title: string;
  readonly svg: string;
  /** In place of `svg` on small screens, for charts that are too wide for them. */
  readonly narrow?: string;
}

export async function chartOf(
  title: string,
  size: Size,
  draw: (drawing: ChartDrawing) => string | Promise<string>,
  narrow?: Size,
): Promise<Chart> {
  const at = ([width, height]: Size) => draw({ title, width, height });
  return { kind: 'plot', title, svg: await at(size), ...(narrow && { narrow: await at(narrow) }) };
}
