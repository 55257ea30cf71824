/** A sprite's pixels at one size: premultiplied RGBA, `data[(y * width + x) * 4 + channel]`, 0…255. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** One sprite, cut to its visible part, at full size and at halves of it. */
export interface Sprite {
  readonly name: string;
  readonly style: string;
  /** Largest first. */
  readonly levels: readonly Raster[];
}

/** From here on a pixel counts as the sprite's own, of 255. */
export const visibleAlpha = 96;

/**
 * Cuts straight RGBA to its visible part, premultiplies it and halves it down to 12 pixels.
 *
 * @returns undefined where nothing is visible
 */
export function makeSprite(name: string, style: string, straight: Raster): Sprite | undefined {
  const cut = cutToVisible(straight);
  if (cut === undefined) return undefined;
  premultiply(cut.data);
  const levels = [cut];
  for (let last = cut; Math.max(last.width, last.height) > 24;) {
    last = halve(last);
    levels.push(last);
  }
  return { name, style, levels };
}

/** The smallest level that is at least as large as requested: never magnified, reduced by less than two. */
export function levelFor(sprite: Sprite, longerSide: number): Raster {
  let best = sprite.levels[0]!;
  for (const level of sprite.levels) {
    if (Math.max(level.width, level.height) >= longerSide) best = level;
  }
  return best;
}

function cutToVisible({ width, height, data }: Raster): Raster | undefined {
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[(y * width + x) * 4 + 3]! < visibleAlpha) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  if (right < left) return undefined;
  const cut = new Uint8Array((right - left + 1) * (bottom - top + 1) * 4);
  const row = (right - left + 1) * 4;
  for (let y = top; y <= bottom; y++) {
    const from = (y * width + left) * 4;
    cut.set(data.subarray(from, from + row), (y - top) * row);
  }
  return { width: right - left + 1, height: bottom - top + 1, data: cut };
}

function premultiply(data: Uint8Array): void {
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]! / 255;
    for (let c = 0; c < 3; c++) data[i + c] = Math.round(data[i + c]! * alpha);
  }
}

/** Means of 2 × 2 pixels; an odd last row or column counts twice. */
function halve({ width, height, data }: Raster): Raster {
  const w = Math.ceil(width / 2);
  const h = Math.ceil(height / 2);
  const half = new Uint8Array(w * h * 4);
  for (let y = 0; y < h; y++) {
    const upper = 2 * y * width;
    const lower = Math.min(2 * y + 1, height - 1) * width;
    for (let x = 0; x < w; x++) {
      const left = 2 * x;
      const right = Math.min(2 * x + 1, width - 1);
      for (let c = 0; c < 4; c++) {
        const sum =
          data[(upper + left) * 4 + c]! +
          data[(upper + right) * 4 + c]! +
          data[(lower + left) * 4 + c]! +
          data[(lower + right) * 4 + c]!;
        half[(y * w + x) * 4 + c] = (sum + 2) >> 2;
      }
    }
  }
  return { width: w, height: h, data: half };
}
