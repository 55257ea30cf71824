import { type Accumulated } from './accumulate';
import { IOU_THRESHOLDS } from './parameters';

export const statNames = [
  'AP',
  'AP50',
  'AP75',
  'APs',
  'APm',
  'APl',
  'AR1',
  'AR10',
  'AR100',
  'ARs',
  'ARm',
  'ARl',
] as const satisfies readonly (keyof Stats)[];

/** The twelve numbers of COCO, each in [0, 1], or null where no truth falls into the slice. */
export interface Stats {
  AP: number | null;
  AP50: number | null;
  AP75: number | null;
  APs: number | null;
  APm: number | null;
  APl: number | null;
  AR1: number | null;
  AR10: number | null;
  AR100: number | null;
  ARs: number | null;
  ARm: number | null;
  ARl: number | null;
}

export type PrecisionStats = Pick<Stats, 'AP' | 'AP50' | 'AP75' | 'APs' | 'APm' | 'APl'>;

export interface CategoryStats {
  AP: number | null;
  AP50: number | null;
  AR100: number | null;
}

const THRESHOLDS = IOU_THRESHOLDS.length;
const AT_50 = 0;
const AT_75 = 5;
/** Indices into `AREA_RANGES` and `MAX_DETECTIONS`. */
const AREA = { all: 0, small: 1, medium: 2, large: 3 };
const AT_MOST = { one: 0, ten: 1, hundred: 2 };

/** Means over thresholds and over those categories that have truth. */
export function summarise({ averagePrecision, recall, recallAtMost, categories }: Accumulated): Stats {
  const area = (values: Float64Array, a: number): number | null =>
    mean(values, a * categories, (a + 1) * categories);
  return {
    ...summariseAveragePrecision(averagePrecision, categories),
    AR1: area(recallAtMost, AT_MOST.one),
    AR10: area(recallAtMost, AT_MOST.ten),
    AR100: area(recallAtMost, AT_MOST.hundred),
    ARs: area(recall, AREA.small),
    ARm: area(recall, AREA.medium),
    ARl: area(recall, AREA.large),
  };
}

/** Those of the twelve that need no recall. @param averagePrecision as in `Accumulated` */
export function summariseAveragePrecision(
  averagePrecision: Float64Array,
  categories: number,
): PrecisionStats {
  const area = (a: number, threshold?: number): number | null =>
    mean(averagePrecision, a * categories, (a + 1) * categories, threshold);
  return {
    AP: area(AREA.all),
    AP50: area(AREA.all, AT_50),
    AP75: area(AREA.all, AT_75),
    APs: area(AREA.small),
    APm: area(AREA.medium),
    APl: area(AREA.large),
  };
}

/** Numbers of the category with index k. */
export function summariseCategory(
  { averagePrecision, recall }: Pick<Accumulated, 'averagePrecision' | 'recall'>,
  k: number,
): CategoryStats {
  return {
    AP: mean(averagePrecision, k, k + 1),
    AP50: mean(averagePrecision, k, k + 1, AT_50),
    AR100: mean(recall, k, k + 1),
  };
}

/** Mean of the values of rows [from, to), at one threshold or at all; NaN is left out, nothing left is null. */
function mean(values: Float64Array, from: number, to: number, threshold?: number): number | null {
  let sum = 0;
  let count = 0;
  for (let rowIndex = from; rowIndex < to; rowIndex++) {
    for (let t = threshold ?? 0; t <= (threshold ?? THRESHOLDS - 1); t++) {
      const value = values[rowIndex * THRESHOLDS + t]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
  }
  return count === 0 ? null : sum / count;
}
