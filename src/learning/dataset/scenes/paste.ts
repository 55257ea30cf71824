import { type Canvas } from './background';
import { type Sprite, levelFor, visibleAlpha } from './sprite';

/** Position of a sprite in a scene. Lengths in pixels. */
export interface Pose {
  readonly centreX: number;
  readonly centreY: number;
  /** Of the sprite before it is turned. */
  readonly longerSide: number;
  /** Width over that of the sprite's own proportions. */
  readonly stretch: number;
  /** Radians. */
  readonly angle: number;
  readonly flip: boolean;
}

/** A posed sprite's pixels over part of a scene, which may reach out of it. */
export interface PosedSprite {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Premultiplied RGBA, `[height, width, 4]`. */
  readonly data: Uint8Array;
  /** Number of visible pixels, those outside of the scene included. */
  readonly visiblePixels: number;
}

/** Turns, scales and samples a sprite. */
export function poseSprite(sprite: Sprite, pose: Pose): PosedSprite {
  const raster = levelFor(sprite, pose.longerSide);
  const scale = pose.longerSide / Math.max(raster.width, raster.height);
  const scaleX = scale * pose.stretch;
  const cos = Math.cos(pose.angle);
  const sin = Math.sin(pose.angle);
  const halfWidth = (raster.width * scaleX * Math.abs(cos) + raster.height * scale * Math.abs(sin)) / 2;
  const halfHeight = (raster.width * scaleX * Math.abs(sin) + raster.height * scale * Math.abs(cos)) / 2;
  const left = Math.floor(pose.centreX - halfWidth);
  const top = Math.floor(pose.centreY - halfHeight);
  const width = Math.ceil(pose.centreX + halfWidth) - left;
  const height = Math.ceil(pose.centreY + halfHeight) - top;
  const data = new Uint8Array(width * height * 4);
  let visiblePixels = 0;
  for (let y = 0, to = 0; y < height; y++) {
    const dy = top + y + 0.5 - pose.centreY;
    for (let x = 0; x < width; x++, to += 4) {
      const dx = left + x + 0.5 - pose.centreX;
      const along = (dx * cos + dy * sin) / scaleX;
      const u = (pose.flip ? -along : along) + raster.width / 2 - 0.5;
      const v = (dy * cos - dx * sin) / scale + raster.height / 2 - 0.5;
      sample(raster.data, raster.width, raster.height, u, v, data, to);
      if (data[to + 3]! >= visibleAlpha) visiblePixels++;
    }
  }
  return { left, top, width, height, data, visiblePixels };
}

/** Bilinear; transparent outside of the sprite. */
function sample(
  source: Uint8Array,
  width: number,
  height: number,
  u: number,
  v: number,
  out: Uint8Array,
  to: number,
): void {
  const x = Math.floor(u);
  const y = Math.floor(v);
  if (x < -1 || y < -1 || x >= width || y >= height) return;
  const fx = u - x;
  const fy = v - y;
  const at = (y * width + x) * 4;
  const row = width * 4;
  const leftIn = x >= 0;
  const rightIn = x + 1 < width;
  const upper = y >= 0;
  const lower = y + 1 < height;
  for (let c = 0; c < 4; c++) {
    const a = upper && leftIn ? source[at + c]! : 0;
    const b = upper && rightIn ? source[at + 4 + c]! : 0;
    const d = lower && leftIn ? source[at + row + c]! : 0;
    const e = lower && rightIn ? source[at + row + 4 + c]! : 0;
    const top = a + (b - a) * fx;
    out[to + c] = top + (d + (e - d) * fx - top) * fy + 0.5;
  }
}

/** Calls back for each visible pixel of a sprite inside the scene, with its index there. */
export function forEachVisible(posed: PosedSprite, side: number, visit: (pixel: number) => void): void {
  forEachInside(posed, side, (from, pixel) => {
    if (posed.data[from + 3]! >= visibleAlpha) visit(pixel);
  });
}

/** Pastes a sprite over a canvas, its colours multiplied by `gain`. */
export function pasteSprite(canvas: Canvas, side: number, posed: PosedSprite, gain: readonly number[]): void {
  forEachInside(posed, side, (from, pixel) => {
    const alpha = posed.data[from + 3]! / 255;
    if (alpha === 0) return;
    for (let c = 0; c < 3; c++) {
      const to = 3 * pixel + c;
      canvas[to] = canvas[to]! * (1 - alpha) + posed.data[from + c]! * gain[c]!;
    }
  });
}

/** Calls back for each pixel of a sprite inside the scene: where its data begin, and its index in the scene. */
function forEachInside(
  { left, top, width, height }: PosedSprite,
  side: number,
  visit: (from: number, pixel: number) => void,
): void {
  const endY = Math.min(height, side - top);
  const endX = Math.min(width, side - left);
  for (let y = Math.max(0, -top); y < endY; y++) {
    for (let x = Math.max(0, -left); x < endX; x++) {
      visit((y * width + x) * 4, (y + top) * side + x + left);
    }
  }
}
