import { MAX_COORDINATE } from '../parameters';
import { type AnnotationColumns } from '../truth';
import { isBox } from './scan-detections';
import { RecordScanner } from '../../core/json/scan-records';

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
    ],
    () => {
      const { row } = scanner;
      if (!Number.isSafeInteger(row[0]) || !Number.isSafeInteger(row[1]) || !Number.isSafeInteger(row[2]))
        return false;
      const area = row[7]!;
      const crowd = row[8]!;
      // Without an area or crowd flag the strict reader decides.
      if (!isBox(row, 3) || !(area >= 0 && area <= MAX_COORDINATE ** 2) || (crowd !== 0 && crowd !== 1))
        return false;
      const at = columns.add();
      columns.id[at] = row[0]!;
      columns.imageId[at] = row[1]!;
      columns.categoryId[at] = row[2]!;
      for (let side = 0; side < 4; side++) columns.box[4 * at + side] = row[3 + side]!;
      columns.area[at] = area;
      columns.crowd[at] = crowd;
      return true;
    },
  );
  return scanner;
}
