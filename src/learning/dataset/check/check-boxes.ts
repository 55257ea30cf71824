import { areaProblem, coordinateProblem } from '../../../core/coco/values';
import { type FindingCode, type FindingList } from './finding';
import { type RawDataset } from './raw-dataset';

/** Beyond this a box does not stick out by rounding. Pixels. */
const ROUNDING = 1;
/** Square pixels. */
const TINY = 4;
/** An area may differ from its box's by this share, and by one pixel more. */
const AREA_TOLERANCE = 0.01;

/** Boxes, areas and crowd flags of all annotations. */
export function checkBoxes({ images, annotations }: RawDataset, findings: FindingList): void {
  const sizes = new Map(images.map((image) => [image.id, image]));
  const { count, index, imageId, box, area, crowd, segment } = annotations;
  let objects = 0;
  for (let row = 0; row < count; row++) {
    const add = (code: FindingCode, field: string, detail?: string): void =>
      findings.add(code, `annotations[${index[row]!}]${field}`, detail);
    if (crowd[row] === 1) add('CROWD', '');

    const x = box[4 * row]!;
    const y = box[4 * row + 1]!;
    const width = box[4 * row + 2]!;
    const height = box[4 * row + 3]!;
    const shown = (): string => `[${[x, y, width, height].join(', ')}]`;
    if ([x, y, width, height].some((side) => coordinateProblem(side, false) !== undefined)) {
      add('BOX_NOT_FINITE', '.bbox', shown());
      continue;
    }
    if (width < 0 || height < 0) {
      add('BOX_NEGATIVE', '.bbox', shown());
      continue;
    }
    const boxArea = width * height;
    if (boxArea === 0) add('BOX_EMPTY', '.bbox', shown());
    else if (boxArea < TINY) add('BOX_TINY', '.bbox', shown());

    const image = sizes.get(imageId[row]!);
    let isOutside = false;
    if (image !== undefined && image.width > 0 && image.height > 0) {
      const of = (): string => `${shown()} in ${image.width} × ${image.height}`;
      const excess = Math.max(-x, -y, x + width - image.width, y + height - image.height);
      isOutside = x >= image.width || y >= image.height || x + width <= 0 || y + height <= 0;
      if (isOutside) {
        add('BOX_OUTSIDE', '.bbox', of());
      } else if (excess > ROUNDING) {
        add('BOX_REACHES_OUT', '.bbox', of());
      }
    }

    if (boxArea > 0 && !isOutside && crowd[row] === 0) objects++;
    const stated = area[row]!;
    if (Number.isNaN(stated)) add('AREA_MISSING', '');
    else if (areaProblem(Math.abs(stated)) !== undefined) add('BOX_NOT_FINITE', '.area', String(stated));
    else if (stated < 0) add('AREA_INVALID', '.area', String(stated));
    else {
      const slack = AREA_TOLERANCE * boxArea + 1;
      // A segment may cover a part of its box only; without one, the area is the box's.
      if (stated > boxArea + slack || (segment[row] === 0 && crowd[row] === 0 && stated < boxArea - slack)) {
        add('AREA_DISAGREES', '.area', `${stated}, but the box has ${Number(boxArea.toFixed(2))}`);
      }
    }
  }
  if (count > 0 && objects === 0) findings.add('NO_OBJECTS', 'annotations');
  checkCopies(annotations, findings);
}

/** Equal boxes of one category in one image. */
function checkCopies(annotations: RawDataset['annotations'], findings: FindingList): void {
  const { count, index, imageId, categoryId, box } = annotations;
  const difference = (one: number, other: number): number => {
    if (imageId[one] !== imageId[other]) return imageId[one]! - imageId[other]!;
    if (categoryId[one] !== categoryId[other]) return categoryId[one]! - categoryId[other]!;
    for (let side = 0; side < 4; side++) {
      const unlike = box[4 * one + side]! - box[4 * other + side]!;
      if (unlike !== 0) return unlike;
    }
    return 0;
  };
  // NaN compares with nothing: those rows have other findings.
  const whole = Uint32Array.from({ length: count }, (_, row) => row).filter(
    (row) =>
      !Number.isNaN(imageId[row]! + categoryId[row]!) &&
      [0, 1, 2, 3].every((side) => Number.isFinite(box[4 * row + side])),
  );
  const rows = whole.sort((one, other) => difference(one, other) || one - other);
  for (let at = 1; at < rows.length; at++) {
    const [one, other] = [rows[at - 1]!, rows[at]!];
    if (difference(one, other) !== 0) continue;
    findings.add('BOX_DUPLICATE', `annotations[${index[other]!}]`, `as annotations[${index[one]!}]`);
  }
}
