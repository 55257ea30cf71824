import type { CocoDetection } from '../../evaluation';
import { malformed } from './bundle-errors';
import { ColumnReader, encodeColumn } from './columns';

/** Boxes are in thousandths of a pixel, as the detect stage writes them. */
const perPixel = 1000;
const limit24 = 2 ** 23;

/**
 * Detections in columns: how many there are, image id, category id, box in thousandths of a pixel, score as a 32-bit
 * float. About an eighth of their JSON once packed.
 *
 * @returns undefined where this form would lose a digit: such detections stay JSON
 */
export function encodeDetections(detections: readonly CocoDetection[]): Buffer | undefined {
  const fits = detections.every(
    ({ image_id, category_id, bbox, score }) =>
      isIndex(image_id, 2 ** 32) &&
      isIndex(category_id, 2 ** 16) &&
      bbox.every(isThousandths) &&
      Number(Math.fround(score).toPrecision(9)) === score,
  );
  if (!fits) return undefined;
  const column = (type: Parameters<typeof encodeColumn>[0], of: (detection: CocoDetection) => number) =>
    encodeColumn(type, detections.map(of));
  return Buffer.concat([
    encodeColumn('u32', [detections.length]),
    column('u32', ({ image_id }) => image_id),
    column('u16', ({ category_id }) => category_id),
    ...[0, 1, 2, 3].map((side) => column('i24', ({ bbox }) => Math.round(bbox[side]! * perPixel))),
    column('f32', ({ score }) => score),
  ]);
}

/**
 * @param file for the error's location
 * @throws RethinkError `BUNDLE_MALFORMED`
 */
export function unpackDetections(data: Buffer, file: string): CocoDetection[] {
  const reader = new ColumnReader(data, file);
  const count = reader.read('u32', 1)[0]!;
  const images = reader.read('u32', count);
  const categories = reader.read('u16', count);
  const sides = [0, 1, 2, 3].map(() => reader.read('i24', count));
  const scores = reader.read('f32', count);
  reader.end();
  return Array.from({ length: count }, (_, row): CocoDetection => {
    const score = scores[row]!;
    if (!Number.isFinite(score)) {
      throw malformed(file, `Detection ${row} has no finite score.`);
    }
    const [x, y, width, height] = sides.map((side) => side[row]! / perPixel) as [
      number,
      number,
      number,
      number,
    ];
    return {
      image_id: images[row]!,
      category_id: categories[row]!,
      bbox: [x, y, width, height],
      score: Number(score.toPrecision(9)),
    };
  });
}

function isIndex(value: number, below: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < below;
}

function isThousandths(value: number): boolean {
  const whole = Math.round(value * perPixel);
  return Math.abs(whole) < limit24 && whole / perPixel === value && !Object.is(value, -0);
}

/** As the detect stage writes them: a line each. */
export function detectionsText(detections: readonly CocoDetection[]): string {
  return `[${detections.map((detection) => JSON.stringify(detection)).join(',\n')}]\n`;
}
