import { pageColour } from './palette';
/** Colour and shape of a category, given by its index on its axis: the same on every chart and in every legend. */
const seriesCount = 6;

/** Index of compute-matched controls, which all series are compared with. */
export const controlSeries = -1;

type SeriesName = '1' | '2' | '3' | '4' | '5' | '6' | 'control';

/** Name of a series in the palette. Beyond the palette, colours repeat: labels and shapes then distinguish the series. */
export function seriesName(index: number): SeriesName {
  return index === controlSeries ? 'control' : (String((index % seriesCount) + 1) as SeriesName);
}

export function seriesColour(index: number): string {
  return pageColour(`series-${seriesName(index)}`);
}

const shapes = ['circle', 'square', 'triangle', 'diamond', 'star', 'cross', 'wye'] as const;
export type MarkShape = (typeof shapes)[number];

export function seriesShape(index: number): MarkShape {
  return shapes[index % shapes.length]!;
}

/** Outlines of the shapes for legends, in a box of 16 × 16 around the origin; as d3-shape draws them. */
export const shapePaths: Readonly<Record<MarkShape, string>> = {
  circle: 'M5,0A5,5 0 1,1 -5,0A5,5 0 1,1 5,0Z',
  square: 'M-4.5,-4.5H4.5V4.5H-4.5Z',
  triangle: 'M0,-6.1L5.3,3.05H-5.3Z',
  diamond: 'M0,-6.8L3.9,0L0,6.8L-3.9,0Z',
  star: 'M0,-6.5L1.5,-2L6.2,-2L2.4,0.8L3.8,5.3L0,2.5L-3.8,5.3L-2.4,0.8L-6.2,-2L-1.5,-2Z',
  cross: 'M-1.9,-5.7H1.9V-1.9H5.7V1.9H1.9V5.7H-1.9V1.9H-5.7V-1.9H-1.9Z',
  wye: 'M-1.7,0.9V5H1.7V0.9L5.3,-1.2L3.6,-4.1L0,-2L-3.6,-4.1L-5.3,-1.2Z',
};
