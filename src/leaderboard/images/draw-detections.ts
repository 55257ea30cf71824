import sharp from 'sharp';
import { palette } from '../charts/palette';
import { escapeXml } from '../charts/svg';

export interface LabelledBox {
  /** [x, y, width, height] in pixels of the image. */
  readonly bbox: readonly number[];
  readonly score: number;
  readonly label: string;
  /** Decides the colour. */
  readonly category: number;
}

const colours = [1, 2, 3, 4, 5, 6].map((series) => palette[`series-${series as 1}`][0]);

/** Writes a copy of an image with boxes, labels and scores drawn on it; the ending of `out` decides the format. */
export async function drawDetections(
  file: string,
  { width, height }: { readonly width: number; readonly height: number },
  boxes: readonly LabelledBox[],
  out: string,
): Promise<void> {
  const text = Math.max(10, Math.round(Math.min(width, height) / 40));
  const line = Math.max(1.5, text / 7);
  // Highest scores last, so that they are on top.
  const shapes = boxes.toSorted((a, b) => a.score - b.score).map((box) => shapeOf(box, width, text, line));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`;
  const turned = await sharp(file, { failOn: 'error' })
    .autoOrient()
    .resize(width, height, { fit: 'fill' })
    .toBuffer();
  await sharp(turned)
    .composite([{ input: Buffer.from(svg) }])
    .toFile(out);
}

function shapeOf(
  { bbox, score, label, category }: LabelledBox,
  imageWidth: number,
  text: number,
  line: number,
): string {
  const [x, y, width, height] = bbox as [number, number, number, number];
  const colour = colours[category % colours.length]!;
  const caption = `${label} ${score.toFixed(2)}`;
  const bar = { width: caption.length * text * 0.62 + text * 0.4, height: text * 1.3 };
  // Above the box, or inside it at the upper edge of the image.
  const top = y >= bar.height ? y - bar.height : y;
  const left = Math.max(0, Math.min(x, imageWidth - bar.width));
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="${colour}" stroke-width="${line}"/>`,
    `<rect x="${left}" y="${top}" width="${bar.width}" height="${bar.height}" fill="${colour}"/>`,
    `<text x="${left + text * 0.2}" y="${top + text}" font-family="monospace" font-size="${text}" fill="#fff">${escapeXml(caption)}</text>`,
  ].join('');
}
