import { RecordScanner } from '../json/scan-records';
import { type AnnotationColumns } from './columns';
import { MAX_COORDINATE } from './limits';

/** Reads plain, valid annotations quickly; see `RecordScanner`. */
export function annotationScanner(columns: AnnotationColumns): RecordScanner {
  const scanner = new RecordScanner(
    [
      { key: 'id', slot: 0 },
      { key: 'image_id', slot: 1 },
      { key: 'category_id', slot: 2 },
      { key: 'bbox', slot: 3, box: true },
      { key: 'area', slot: 7 },
      { key: 'iscrowd', slot: 8 },
      { key: 'score', slot: 9 },
      { key: 'ignore', slot: 10 },
      { key: 'isgroupof', slot: 11 },
    ],
    () => {
      const { row } = scanner;
      if (!Number.isSafeInteger(row[0]) || !Number.isSafeInteger(row[1]) || !Number.isSafeInteger(row[2]))
        return false;
      const area = row[7]!;
      const crowd = row[8]!;
      const ignore = row[10]!;
      if (row[11]! > 0) return false;
      // Without an area or crowd flag the strict reader decides.
      if (!isBox(row, 3) || !(area >= 0 && area <= MAX_COORDINATE ** 2) || (crowd !== 0 && crowd !== 1))
        return false;
      if (Math.abs(row[9]!) === Infinity || (!Number.isNaN(ignore) && ignore !== 0 && ignore !== 1))
        return false;
      const at = columns.add();
      columns.id[at] = row[0]!;
      columns.imageId[at] = row[1]!;
      columns.categoryId[at] = row[2]!;
      for (let side = 0; side < 4; side++) columns.box[4 * at + side] = row[3 + side]!;
      columns.area[at] = area;
      columns.crowd[at] = crowd;
      columns.score[at] = row[9]!;
      columns.ignore[at] = ignore;
      return true;
    },
  );
  return scanner;
}

/** Coordinates within range, no negative size; false for NaN. */
export function isBox(row: Float64Array, at: number): boolean {
  const x = row[at]!;
  const y = row[at + 1]!;
  const width = row[at + 2]!;
  const height = row[at + 3]!;
  return (
    x >= -MAX_COORDINATE &&
    x <= MAX_COORDINATE &&
    y >= -MAX_COORDINATE &&
    y <= MAX_COORDINATE &&
    width >= 0 &&
    width <= MAX_COORDINATE &&
    height >= 0 &&
    height <= MAX_COORDINATE
  );
}
