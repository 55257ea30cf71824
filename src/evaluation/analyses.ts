import { type Calibration, calibration } from './calibration';
import { confusionMatrix } from './confusion-matrix';
import { byCategoryGroup, byCrowding, type ImageDiagnosis, perImage, type SubsetStats } from './diagnostics';
import { type Evaluation } from './evaluate';
import { AREA_RANGES, RECALL_LEVELS } from './parameters';
import { precisionRecallCurve } from './pr-curve';
import { type CategoryStats } from './summarise';
import { type Detections, type Truth } from './types';

/** What can be said of an evaluation beyond its numbers; each part is made where it is asked for. */
export interface AnalysisOptions {
  curves?: boolean;
  calibration?: boolean;
  confusion?: boolean;
  slices?: boolean;
  perImage?: boolean;
  /** Detections below it are left out of the confusion matrix and of images' counts; default .3. */
  scoreThreshold?: number;
}

/** Precision, and the score at which it is reached, at the recall levels; null at a recall that is never reached. */
export interface LevelCurve {
  precision: number[];
  score: (number | null)[];
}

export interface Analyses {
  curves?: {
    /** The 101 recall levels of COCO. */
    recall: number[];
    /** Means over the categories that have truth, by IoU threshold. */
    mean: Record<CurveIou, number[]>;
    /** By category id; categories without truth have no curve. */
    perCategory: Record<string, Record<CurveIou, LevelCurve>>;
  };
  /** At IoU .50. */
  calibration?: { all: Calibration; perCategory: Record<string, Calibration> };
  confusion?: Confusion;
  slices?: {
    /** AP and AR are among the twelve numbers; here are the objects that they rest on. */
    size: {
      name: string;
      minArea: number;
      maxArea: number;
      objects: number;
      AP: number | null;
      AR: number | null;
    }[];
    crowding: SubsetStats[];
    categoryGroups: Record<string, CategoryStats>;
  };
  perImage?: (ImageDiagnosis & { fileName?: string })[];
}

export interface Confusion {
  scoreThreshold: number;
  iouThreshold: number;
  /** Category ids; null is the background. Pairs that occur, most frequent first. */
  cells: { truth: number | null; detection: number | null; count: number }[];
}

const CURVES = { '0.50': 0, '0.75': 5 } as const;
type CurveIou = keyof typeof CURVES;
const IOU_NAMES = Object.keys(CURVES) as CurveIou[];

/**
 * @param evaluation of the same truth and detections
 * @throws RethinkError `CALIBRATION_SCORE` where calibration is asked for and a score is no probability
 */
export function analyse(
  truth: Truth,
  detections: Detections,
  evaluation: Evaluation,
  options: AnalysisOptions,
): Analyses {
  const { records } = evaluation;
  const { scoreThreshold = 0.3 } = options;
  return {
    ...(options.curves === true && { curves: curvesOf(evaluation) }),
    ...(options.calibration === true && {
      calibration: {
        all: calibration(records, { file: detections.file }),
        perCategory: byCategory(evaluation, (category) =>
          calibration(records, { category, file: detections.file }),
        ),
      },
    }),
    ...(options.confusion === true && { confusion: confusionOf(truth, detections, scoreThreshold) }),
    ...(options.slices === true && { slices: slicesOf(truth, evaluation) }),
    ...(options.perImage === true && {
      perImage: perImage(records, scoreThreshold).map((diagnosis, index) => ({
        ...diagnosis,
        fileName: truth.images[index]!.file_name,
      })),
    }),
  };
}

function byCategory<T>({ records }: Evaluation, value: (k: number) => T): Record<string, T> {
  return Object.fromEntries(records.categoryIds.map((id, k) => [String(id), value(k)]));
}

function curvesOf(evaluation: Evaluation): NonNullable<Analyses['curves']> {
  const curves = evaluation.records.categoryIds.flatMap((id, k): [string, Record<CurveIou, LevelCurve>][] => {
    const at = (iou: CurveIou) => precisionRecallCurve(evaluation.records, k, { threshold: CURVES[iou] });
    if (at('0.50') === null) return [];
    return [[String(id), byIou((iou) => levelCurve(at(iou)!))]];
  });
  return {
    recall: [...RECALL_LEVELS],
    mean: byIou((iou) =>
      Array.from(RECALL_LEVELS, (_, level) =>
        curves.reduce((sum, [, curve]) => sum + curve[iou].precision[level]! / curves.length, 0),
      ),
    ),
    perCategory: Object.fromEntries(curves),
  };
}

function byIou<T>(value: (iou: CurveIou) => T): Record<CurveIou, T> {
  return Object.fromEntries(IOU_NAMES.map((iou) => [iou, value(iou)])) as Record<CurveIou, T>;
}

function levelCurve(curve: { interpolated: Float64Array; interpolatedScore: Float64Array }): LevelCurve {
  return {
    precision: [...curve.interpolated],
    score: Array.from(curve.interpolatedScore, (score) => (Number.isNaN(score) ? null : score)),
  };
}

function confusionOf(truth: Truth, detections: Detections, scoreThreshold: number): Confusion {
  const iouThreshold = 0.5;
  const { categoryIds, counts } = confusionMatrix(truth, detections, { scoreThreshold, iouThreshold });
  const side = categoryIds.length + 1;
  const cells: Confusion['cells'] = [];
  counts.forEach((count, at) => {
    if (count === 0) return;
    const [row, column] = [Math.floor(at / side), at % side];
    cells.push({ truth: categoryIds[row] ?? null, detection: categoryIds[column] ?? null, count });
  });
  return { scoreThreshold, iouThreshold, cells: cells.sort((one, other) => other.count - one.count) };
}

function slicesOf(
  truth: Truth,
  { records, stats, accumulated }: Evaluation,
): NonNullable<Analyses['slices']> {
  const scores = [
    [stats.AP, stats.AR100],
    [stats.APs, stats.ARs],
    [stats.APm, stats.ARm],
    [stats.APl, stats.ARl],
  ] as const;
  return {
    size: AREA_RANGES.map(({ name, min, max }, a) => ({
      name,
      minArea: min,
      maxArea: max,
      objects: records.truthCounts.reduce((sum, bits) => sum + ((bits >> a) & 1), 0),
      AP: scores[a]![0],
      AR: scores[a]![1],
    })),
    crowding: byCrowding(records),
    categoryGroups: byCategoryGroup(truth.categories, accumulated),
  };
}
