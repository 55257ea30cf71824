export type Size = readonly [width: number, height: number];

export interface ChartDrawing {
  readonly title: string;
  readonly width: number;
  readonly height: number;
}

/** A chart as SVG for a page, in two widths; files are made from the wide one. */
export interface Chart {
  readonly kind: 'plot';
  readonly title: string;
  readonly wide: string;
  readonly narrow: string;
}

export async function chartOf(
  title: string,
  sizes: { readonly wide: Size; readonly narrow: Size },
  draw: (drawing: ChartDrawing, width: 'wide' | 'narrow') => string | Promise<string>,
): Promise<Chart> {
  const at = (width: 'wide' | 'narrow') => {
    const [pixels, height] = sizes[width];
    return draw({ title, width: pixels, height }, width);
  };
  return { kind: 'plot', title, wide: await at('wide'), narrow: await at('narrow') };
}
