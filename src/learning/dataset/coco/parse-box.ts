import { RethinkError, type SampleObject } from '../../../contract';
import { type WarningList } from '../warnings';
import { type Fields } from './fields';

/** Beyond this a box does not stick out by rounding, but was made for another image. Pixels. */
const rounding = 1;

/**
 * Reads `bbox` ([x, y, width, height], pixels) as corners, cut to the image.
 *
 * @returns undefined where nothing of the box is left, with a warning
 * @throws RethinkError `COCO_MALFORMED` where it isn't four finite numbers
 */
export function parseBox(
  fields: Fields,
  image: { readonly width: number; readonly height: number },
  warnings: WarningList,
): Pick<SampleObject, 'xMin' | 'yMin' | 'xMax' | 'yMax'> | undefined {
  const box = fields.optional('bbox');
  if (!Array.isArray(box) || box.length !== 4 || !box.every((value) => Number.isFinite(value))) {
    throw new RethinkError('COCO_MALFORMED', 'wants four finite numbers: [x, y, width, height]', {
      location: fields.place('bbox'),
    });
  }
  const [x, y, width, height] = box as [number, number, number, number];
  const path = fields.path('bbox');
  if (width <= 0 || height <= 0) {
    warnings.add('COCO_BOX_EMPTY', 'boxes with no or a negative width or height were dropped', path);
    return undefined;
  }
  const xMin = Math.min(Math.max(x, 0), image.width);
  const yMin = Math.min(Math.max(y, 0), image.height);
  const xMax = Math.min(Math.max(x + width, 0), image.width);
  const yMax = Math.min(Math.max(y + height, 0), image.height);
  if (xMax <= xMin || yMax <= yMin) {
    warnings.add('COCO_BOX_OUTSIDE', 'boxes wholly outside their image were dropped', path);
    return undefined;
  }
  const excess = Math.max(-x, -y, x + width - image.width, y + height - image.height);
  if (excess > rounding) {
    warnings.add('COCO_BOX_CLIPPED', 'boxes that reach out of their image were clipped', path);
  }
  return { xMin, yMin, xMax, yMax };
}
