import { type AnchorSettings, type LevelGrid } from './anchors';

/**
 * Grid of the reference code: centres at (i + ½) · 2^level inside the image. Equal to the feature
 * maps' size where the side is a multiple of 2^maxLevel.
 * @source tensorflow/tpu, models/official/detection, dataloader/anchor.py
 */
export function referenceGrid(settings: AnchorSettings, height: number, width: number): LevelGrid[] {
  const count = (side: number, stride: number) => Math.max(0, Math.ceil((side - stride / 2) / stride));
  const { minLevel, maxLevel } = settings;
  const levels = Array.from({ length: maxLevel - minLevel + 1 }, (_, i) => minLevel + i);
  return levels.map((level) => ({
    level,
    rows: count(height, 2 ** level),
    columns: count(width, 2 ** level),
  }));
}
