import { type RandomSource } from '../../../contract';
import { anyColour, nearColour } from './colour';

/** RGB values of a square, `data[(y * side + x) * 3 + channel]`; clamped to bytes when the scene is finished. */
export type Canvas = Float32Array;

/** Paints a background: a gradient, soft noise, a pattern or patches, and shapes strewn over some of them. */
export function paintBackground(
  canvas: Canvas,
  side: number,
  options: { readonly clutter: number },
  random: RandomSource,
): void {
  const first = anyColour(random);
  const second = random.chance(0.5) ? anyColour(random) : nearColour(first, 60, random);
  const share = random.pick([gradient, softNoise, stripes, checks, patches])(side, random);
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++, i += 3) {
      const t = share(x, y);
      canvas[i] = first[0] + (second[0] - first[0]) * t;
      canvas[i + 1] = first[1] + (second[1] - first[1]) * t;
      canvas[i + 2] = first[2] + (second[2] - first[2]) * t;
    }
  }
  if (random.chance(options.clutter)) strewShapes(canvas, side, random);
}

/** A field over pixels, 0…1. */
type Field = (x: number, y: number) => number;

function gradient(side: number, random: RandomSource): Field {
  const angle = random.uniform() * 2 * Math.PI;
  const dx = Math.cos(angle) / side;
  const dy = Math.sin(angle) / side;
  if (random.chance(0.3)) {
    const cx = random.uniform() * side;
    const cy = random.uniform() * side;
    return (x, y) => Math.min(1, Math.hypot(x - cx, y - cy) / side);
  }
  return (x, y) => Math.min(1, Math.max(0, 0.5 + (x - side / 2) * dx + (y - side / 2) * dy));
}

/** Value noise of three octaves. */
function softNoise(side: number, random: RandomSource): Field {
  const octaves = [4, 9, 19].map((cells, i) => ({ grid: noiseGrid(cells, random), weight: 0.6 / 1.7 ** i }));
  return (x, y) => {
    let sum = 0;
    for (const { grid, weight } of octaves) sum += weight * grid(x / side, y / side);
    return Math.min(1, Math.max(0, sum));
  };
}

function noiseGrid(cells: number, random: RandomSource): Field {
  const stride = cells + 2;
  const values = Float32Array.from({ length: stride * stride }, () => random.uniform());
  return (u, v) => {
    const x = u * cells;
    const y = v * cells;
    const x0 = Math.floor(x);
    const y0 = Math.floor(y);
    const sx = smooth(x - x0);
    const sy = smooth(y - y0);
    const at = y0 * stride + x0;
    const top = values[at]! + (values[at + 1]! - values[at]!) * sx;
    const bottom = values[at + stride]! + (values[at + stride + 1]! - values[at + stride]!) * sx;
    return top + (bottom - top) * sy;
  };
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

function stripes(side: number, random: RandomSource): Field {
  const angle = random.uniform() * Math.PI;
  const frequency = (2 * Math.PI * random.between(3, 12)) / side;
  const dx = Math.cos(angle) * frequency;
  const dy = Math.sin(angle) * frequency;
  const sharpness = random.between(0.6, 4);
  return (x, y) => 0.5 + 0.5 * Math.tanh(sharpness * Math.sin(x * dx + y * dy));
}

function checks(side: number, random: RandomSource): Field {
  const angle = random.uniform() * Math.PI;
  const scale = random.between(3, 9) / side;
  const dx = Math.cos(angle) * scale;
  const dy = Math.sin(angle) * scale;
  return (x, y) => (Math.floor(x * dx + y * dy) + Math.floor(x * dy - y * dx)) & 1;
}

/** Voronoi cells, each of one shade. */
function patches(side: number, random: RandomSource): Field {
  const seeds = Array.from({ length: 6 + random.integer(12) }, () => ({
    x: random.uniform() * side,
    y: random.uniform() * side,
    shade: random.uniform(),
  }));
  return (x, y) => {
    let nearest = Infinity;
    let shade = 0;
    for (const seed of seeds) {
      const distance = (x - seed.x) ** 2 + (y - seed.y) ** 2;
      if (distance < nearest) {
        nearest = distance;
        shade = seed.shade;
      }
    }
    return shade;
  };
}

/** Ellipses and turned rectangles, partly transparent. */
function strewShapes(canvas: Canvas, side: number, random: RandomSource): void {
  const count = 4 + random.integer(12);
  for (let n = 0; n < count; n++) {
    const colour = anyColour(random);
    const cx = random.uniform() * side;
    const cy = random.uniform() * side;
    const rx = random.between(0.02, 0.16) * side;
    const ry = random.between(0.02, 0.16) * side;
    const angle = random.uniform() * Math.PI;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const opacity = random.between(0.35, 1);
    const round = random.chance(0.5);
    const reach = Math.ceil(Math.hypot(rx, ry));
    const bottom = Math.min(side - 1, Math.ceil(cy + reach));
    const right = Math.min(side - 1, Math.ceil(cx + reach));
    for (let y = Math.max(0, Math.floor(cy - reach)); y <= bottom; y++) {
      for (let x = Math.max(0, Math.floor(cx - reach)); x <= right; x++) {
        const u = ((x - cx) * cos + (y - cy) * sin) / rx;
        const v = ((y - cy) * cos - (x - cx) * sin) / ry;
        if (round ? u * u + v * v > 1 : Math.max(Math.abs(u), Math.abs(v)) > 1) continue;
        const i = (y * side + x) * 3;
        for (let c = 0; c < 3; c++) canvas[i + c]! += (colour[c]! - canvas[i + c]!) * opacity;
      }
    }
  }
}

/** Fine noise over the whole canvas; amplitude in colour values. */
export function addGrain(canvas: Canvas, amplitude: number, random: RandomSource): void {
  if (amplitude <= 0) return;
  // A table of random numbers, read from random starts: one for every value would cost more than the rest.
  const table = Float32Array.from({ length: 509 }, () => random.between(-amplitude, amplitude));
  for (let i = 0; i < canvas.length;) {
    let from = random.integer(table.length);
    const end = Math.min(i + 64, canvas.length);
    for (; i < end; i++, from++) canvas[i]! += table[from % table.length]!;
  }
}
