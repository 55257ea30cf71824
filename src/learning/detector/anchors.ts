import type { DetectorSpec } from '../../core/plan/detector-spec';

/** The settings that decide where anchors are. */
export type AnchorSettings = Pick<DetectorSpec, 'minLevel' | 'maxLevel' | 'anchors'>;

/** Anchor positions of one pyramid level. */
export interface LevelGrid {
  readonly level: number;
  readonly rows: number;
  readonly columns: number;
}

export function anchorsPerPosition(settings: AnchorSettings): number {
  return settings.anchors.octaveScales * settings.anchors.aspectRatios.length;
}

/** Grid with one position for each cell of the feature maps, which 'same' padding makes ceil(side / 2^level) wide. */
export function featureGrid(settings: AnchorSettings, height: number, width: number): LevelGrid[] {
  return Array.from({ length: settings.maxLevel - settings.minLevel + 1 }, (_, i) => {
    const level = settings.minLevel + i;
    return { level, rows: Math.ceil(height / 2 ** level), columns: Math.ceil(width / 2 ** level) };
  });
}

/**
 * Anchor boxes, [N, 4] as yMin, xMin, yMax, xMax in pixels, not clipped: by level, row, column, octave scale,
 * aspect ratio (width / height).
 */
export function generateAnchors(settings: AnchorSettings, grid: readonly LevelGrid[]): Float32Array {
  const { size, octaveScales, aspectRatios } = settings.anchors;
  const perPosition = anchorsPerPosition(settings);
  const boxes = new Float32Array(
    4 * perPosition * grid.reduce((sum, { rows, columns }) => sum + rows * columns, 0),
  );
  let offset = 0;
  for (const { level, rows, columns } of grid) {
    const stride = 2 ** level;
    const halves: { halfHeight: number; halfWidth: number }[] = [];
    for (let octave = 0; octave < octaveScales; octave++) {
      const side = size * stride * 2 ** (octave / octaveScales);
      for (const ratio of aspectRatios) {
        halves.push({ halfHeight: (side * ratio ** -0.5) / 2, halfWidth: (side * ratio ** 0.5) / 2 });
      }
    }
    for (let row = 0; row < rows; row++) {
      const centreY = (row + 0.5) * stride;
      for (let column = 0; column < columns; column++) {
        const centreX = (column + 0.5) * stride;
        for (const { halfHeight, halfWidth } of halves) {
          boxes[offset++] = centreY - Math.fround(halfHeight);
          boxes[offset++] = centreX - Math.fround(halfWidth);
          boxes[offset++] = centreY + Math.fround(halfHeight);
          boxes[offset++] = centreX + Math.fround(halfWidth);
        }
      }
    }
  }
  return boxes;
}
