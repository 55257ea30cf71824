import type { RandomSource, RgbImage } from '../../../src/contract';

/** Weights of red, green and blue in a grey value (ITU-R BT.601). */
const GREY = [0.299, 0.587, 0.114] as const;

/**
 * Colour jitter of the given strength: brightness, contrast and saturation by factors from 1 ± 0.8 strength, the hue by up to ± 0.2
 * strength of a turn, one after another in random order (arXiv 2002.05709, appendix A).
 */
export function jitterColour(image: RgbImage, strength: number, random: RandomSource): RgbImage {
  const factor = () => random.between(Math.max(0, 1 - 0.8 * strength), 1 + 0.8 * strength);
  const steps = [
    { change: brighten, by: factor() },
    { change: stretchContrast, by: factor() },
    { change: saturate, by: factor() },
    { change: turnHue, by: random.between(-0.2, 0.2) * strength },
  ];
  const pixels = Float32Array.from(image.data);
  for (const { change, by } of random.shuffle(steps)) change(pixels, by);
  return { ...image, data: toBytes(pixels) };
}

export function toGrey(image: RgbImage): RgbImage {
  const pixels = Float32Array.from(image.data);
  saturate(pixels, 0);
  return { ...image, data: toBytes(pixels) };
}

/** Gaussian blur, deviation in pixels, cut off at three deviations; the border is continued. */
export function blur({ width, height, data }: RgbImage, deviation: number): RgbImage {
  const reach = Math.max(1, Math.ceil(3 * deviation));
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)),
  );
  const sum = kernel.reduce((a, b) => a + b);
  const clampTo = (value: number, most: number) => (value < 0 ? 0 : value > most ? most : value);
  const across = new Float32Array(data.length);
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let k = 0; k < kernel.length; k++) {
        const from = (y * width + clampTo(x + k - reach, width - 1)) * 3;
        const to = (y * width + x) * 3;
        for (let c = 0; c < 3; c++) across[to + c]! += (data[from + c]! * kernel[k]!) / sum;
      }
    }
  }
  for (let y = 0; y < height; y++) {
    for (let k = 0; k < kernel.length; k++) {
      const from = clampTo(y + k - reach, height - 1) * width * 3;
      const to = y * width * 3;
      for (let i = 0; i < width * 3; i++) out[to + i]! += (across[from + i]! * kernel[k]!) / sum;
    }
  }
  return { width, height, data: toBytes(out) };
}

function brighten(pixels: Float32Array, factor: number): void {
  for (let i = 0; i < pixels.length; i++) pixels[i] = clip(pixels[i]! * factor);
}

/** Away from the image's mean grey value, or towards it. */
function stretchContrast(pixels: Float32Array, factor: number): void {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 3) sum += greyAt(pixels, i);
  const mean = sum / (pixels.length / 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = clip(mean + factor * (pixels[i]! - mean));
}

/** Away from each pixel's grey value, or towards it. */
function saturate(pixels: Float32Array, factor: number): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const tone = greyAt(pixels, i);
    for (let c = i; c < i + 3; c++) pixels[c] = clip(tone + factor * (pixels[c]! - tone));
  }
}

/** Turns the chroma plane of YIQ by that share of a full turn; the luma stays. */
function turnHue(pixels: Float32Array, turn: number): void {
  const [cos, sin] = [Math.cos(2 * Math.PI * turn), Math.sin(2 * Math.PI * turn)];
  for (let i = 0; i < pixels.length; i += 3) {
    const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
    const luma = greyAt(pixels, i);
    const inPhase = 0.595716 * r - 0.274453 * g - 0.321263 * b;
    const quadrature = 0.211456 * r - 0.522591 * g + 0.311135 * b;
    const u = cos * inPhase - sin * quadrature;
    const v = sin * inPhase + cos * quadrature;
    pixels[i] = clip(luma + 0.9563 * u + 0.621 * v);
    pixels[i + 1] = clip(luma - 0.2721 * u - 0.6474 * v);
    pixels[i + 2] = clip(luma - 1.107 * u + 1.7046 * v);
  }
}

function greyAt(pixels: Float32Array, i: number): number {
  return GREY[0] * pixels[i]! + GREY[1] * pixels[i + 1]! + GREY[2] * pixels[i + 2]!;
}

function clip(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function toBytes(pixels: Float32Array): Uint8Array {
  return Uint8Array.from(pixels, (value) => Math.round(value));
}
