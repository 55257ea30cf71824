import { type Canvas } from './background';
import { type Drawing, levelFor, visibleAlpha } from './sprite';

/** How a drawing lies in a scene. Lengths in pixels. */
export interface Pose {
  readonly centreX: number;
  readonly centreY: number;
  /** Of the drawing before it is turned. */
  readonly longerSide: number;
  /** Width over that of the drawing's own proportions. */
  readonly stretch: number;
  /** Radians. */
  readonly angle: number;
  readonly flip: boolean;
}

/** A posed drawing's pixels over part of a scene, which may reach out of it. */
export interface Stamp {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Premultiplied RGBA, `[height, width, 4]`. */
  readonly data: Uint8Array;
  /** Number of visible pixels, those outside of the scene included. */
  readonly visiblePixels: number;
}

/** Turns, scales and samples a drawing. */
export function poseDrawing(drawing: Drawing, pose: Pose): Stamp {
  const raster = levelFor(drawing, pose.longerSide);
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

/** Bilinear; outside of the drawing lies nothing. */
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

/** Calls back for each visible pixel of a stamp that lies in the scene, with its place there. */
export function forEachVisible(stamp: Stamp, side: number, visit: (place: number) => void): void {
  const endY = Math.min(stamp.height, side - stamp.top);
  const endX = Math.min(stamp.width, side - stamp.left);
  for (let y = Math.max(0, -stamp.top); y < endY; y++) {
    for (let x = Math.max(0, -stamp.left); x < endX; x++) {
      if (stamp.data[(y * stamp.width + x) * 4 + 3]! >= visibleAlpha) {
        visit((y + stamp.top) * side + x + stamp.left);
      }
    }
  }
}

/** Lays a stamp over a canvas, its colours multiplied by `gain`. */
export function paintStamp(canvas: Canvas, side: number, stamp: Stamp, gain: readonly number[]): void {
  const endY = Math.min(stamp.height, side - stamp.top);
  const endX = Math.min(stamp.width, side - stamp.left);
  for (let y = Math.max(0, -stamp.top); y < endY; y++) {
    for (let x = Math.max(0, -stamp.left); x < endX; x++) {
      const from = (y * stamp.width + x) * 4;
      const alpha = stamp.data[from + 3]! / 255;
      if (alpha === 0) continue;
      const to = ((y + stamp.top) * side + x + stamp.left) * 3;
      for (let c = 0; c < 3; c++) {
        canvas[to + c] = canvas[to + c]! * (1 - alpha) + stamp.data[from + c]! * gain[c]!;
      }
    }
  }
}
