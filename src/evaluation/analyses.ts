import { calibration } from './calibration';
import { confusionMatrix } from './confusion-matrix';
import { byCategoryGroup, byCrowding, type ImageDiagnosis, perImage, type SubsetStats } from './diagnostics';
import { type Evaluation } from './evaluate';
import type { Calibration, Confusion } from './metrics-file';
import { RECALL_LEVELS } from './parameters';
import { precisionRecallCurve } from './pr-curve';
import { type CategoryStats, precisionDefinitions, scoreOf } from './summarise';
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
    /** Means over the categories that have truth, by IoU threshold; null without any. */
    mean: Record<string, (number | null)[]>;
    /** By category id; categories without truth have no curve. */
    perCategory: Record<string, Record<string, LevelCurve>>;
  };
  /** At the first IoU threshold. */
  calibration?: { all: Calibration; perCategory: Record<string, Calibration> };
  confusion?: Confusion;
  slices?: {
    /** AP and AR are among the scores; here are the objects that they rest on. */
    size: ReturnType<typeof bySize>;
    crowding: SubsetStats[];
    categoryGroups: Record<string, CategoryStats>;
  };
  perImage?: (ImageDiagnosis & { fileName?: string })[];
}

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
    ...(options.confusion === true && {
      confusion: confusionOf(truth, detections, scoreThreshold, records.parameters.iouThresholds[0]!),
    }),
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

/** At IoU .50 and .75 or, where neither is measured, at the first threshold. */
function curvesOf({ records }: Evaluation): NonNullable<Analyses['curves']> {
  const { iouThresholds } = records.parameters;
  const usual = precisionDefinitions(records.parameters).flatMap(({ threshold }) => threshold ?? []);
  const thresholds = usual.length > 0 ? usual : [0];
  const byIou = <T>(value: (threshold: number, name: string) => T): Record<string, T> =>
    Object.fromEntries(
      thresholds.map((t) => [iouThresholds[t]!.toFixed(2), value(t, iouThresholds[t]!.toFixed(2))]),
    );
  const curves = records.categoryIds.flatMap((id, k) => {
    if (precisionRecallCurve(records, k) === null) return [];
    const curve = (threshold: number) => levelCurve(precisionRecallCurve(records, k, { threshold })!);
    return [[String(id), byIou(curve)] as const];
  });
  return {
    recall: [...RECALL_LEVELS],
    mean: byIou((_, name) =>
      Array.from(RECALL_LEVELS, (_, level) =>
        curves.length === 0
          ? null
          : curves.reduce((sum, [, curve]) => sum + curve[name]!.precision[level]! / curves.length, 0),
      ),
    ),
    perCategory: Object.fromEntries(curves),
  };
}

function levelCurve(curve: { interpolated: Float64Array; interpolatedScore: Float64Array }): LevelCurve {
  return {
    precision: [...curve.interpolated],
    score: Array.from(curve.interpolatedScore, (score) => (Number.isNaN(score) ? null : score)),
  };
}

function confusionOf(
  truth: Truth,
  detections: Detections,
  scoreThreshold: number,
  iouThreshold: number,
): Confusion {
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

function slicesOf(truth: Truth, evaluation: Evaluation): NonNullable<Analyses['slices']> {
  return {
    size: bySize(evaluation),
    crowding: byCrowding(evaluation.records),
    categoryGroups: byCategoryGroup(truth.categories, evaluation.accumulated),
  };
}

function bySize({ records, accumulated }: Evaluation) {
  const { areaRanges, maxDetections } = records.parameters;
  const mean = (of: 'precision' | 'recall', area: number) =>
    scoreOf(accumulated, { name: '', of, area, limit: maxDetections.length - 1 });
  return areaRanges.map(({ name, min, max }, a) => ({
    name,
    minArea: min,
    maxArea: max,
    objects: records.truthCounts.reduce((sum, bits) => sum + ((bits >> a) & 1), 0),
    AP: mean('precision', a),
    AR: mean('recall', a),
  }));
}
