import { accumulate, countTruth } from './accumulate';
import { iou } from './iou';
import { match, type MatchRecords } from './match';
import type { ErrorSummary } from './metrics-file';
import { COCO, ERROR_TYPES, type ErrorType, type EvaluationParameters, type TieRule } from './parameters';
import { outcome } from './select';
import { type Detections, type Truth } from './types';

export interface ErrorAnalysis extends ErrorSummary {
  /** Each false positive's type by row of the detections, and each truth that is `missed` by row of the truth. */
  errors: { type: ErrorType; detection?: number; annotation?: number }[];
}

const BACKGROUND = 0.1;

/**
 * Sorts every false positive at the first IoU threshold, here .5, and every truth that was not found, into one of six
 * types, in the order in which the authors' tool tests them:
 * - localisation: best truth of its category at .1 ≤ IoU ≤ .5;
 * - classification: a truth of another category at IoU ≥ .5;
 * - duplicate: a truth of its category at IoU ≥ .5, already taken;
 * - background: no truth at all above IoU .1;
 * - both: the rest (only another category, at .1 < IoU < .5);
 * - missed: a truth not found that no fixed classification or localisation error would find.
 *
 * Fixing: the best-scored classification or localisation error of a truth that was not found becomes a true positive,
 * other such errors, duplicates, background and both vanish, missed truth is taken out of the truth (a category that loses
 * all of its truth by this counts as AP 0, as in the authors' tool).
 *
 * Categories without truth: AP is a mean over categories with truth, so they are no part of it (the authors' tool counts
 * them as AP 0). Their detections are errors like any other: `classification` on an object of another
 * category, and fixing that gives the object's category a true positive. Detections on a crowd of their category are
 * ignored; a crowd is no truth that an error could refer to.
 */
export function errorTypes(
  truth: Truth,
  detections: Detections,
  tieRule: TieRule = 'threshold',
  parameters: EvaluationParameters = COCO,
): ErrorAnalysis {
  const records = match(truth, detections, tieRule, parameters);
  const found = new Set<number>();
  for (let d = 0; d < records.count; d++) {
    if (outcome(records, d) === 'true-positive') found.add(records.taken[d]!);
  }
  const errors = falsePositives(truth, detections, records);
  const fixed = fixableTruth(errors, records, found);

  const analysis: ErrorAnalysis['errors'] = errors.map(({ type, d, annotation }) => ({
    type,
    detection: records.row[d]!,
    annotation: annotation < 0 ? undefined : annotation,
  }));
  const missed: number[] = [];
  for (let annotation = 0; annotation < truth.count; annotation++) {
    if (truth.crowd[annotation] === 1 || found.has(annotation) || fixed.has(annotation)) continue;
    missed.push(annotation);
    analysis.push({ type: 'missed', annotation });
  }

  const hits: Entry[] = [];
  for (let k = 0; k < records.categoryIds.length; k++) {
    for (let d = records.start[k]!; d < records.start[k + 1]!; d++) {
      if (outcome(records, d) === 'true-positive') hits.push({ category: k, d, hit: true });
    }
  }
  const asIs = (error: FalsePositive): Entry => ({ category: error.category, d: error.d, hit: false });
  const fix = (error: FalsePositive): Entry[] =>
    fixed.get(error.annotation) === error.d &&
    (error.type === 'classification' || error.type === 'localisation')
      ? [{ category: truth.category[error.annotation]!, d: error.d, hit: true }]
      : [];
  const withFixed = (type?: ErrorType): number | null =>
    averagePrecision50(
      records,
      [...hits, ...errors.flatMap((error) => (error.type === type ? fix(error) : [asIs(error)]))],
      type === 'missed' ? new Set(missed) : new Set(),
    );
  const AP50 = withFixed();
  const rise = (value: number | null): number | null =>
    value === null || AP50 === null ? null : value - AP50;
  const lost = new Set(
    Array.from({ length: truth.count }, (_, annotation) => annotation).filter((at) => !found.has(at)),
  );
  return {
    AP50,
    counts: count(analysis),
    deltaAP: byType((type) => rise(withFixed(type))),
    deltaFalsePositives: rise(averagePrecision50(records, hits, new Set())),
    deltaFalseNegatives: rise(averagePrecision50(records, [...hits, ...errors.map(asIs)], lost)),
    perCategory: perCategory(analysis, truth, detections),
    errors: analysis,
  };
}

interface FalsePositive {
  type: ErrorType;
  /** Index in the records. */
  d: number;
  category: number;
  /** The truth that the error refers to; −1 for none. */
  annotation: number;
}

function falsePositives(truth: Truth, detections: Detections, records: MatchRecords): FalsePositive[] {
  const truthOf: number[][] = records.imageIds.map(() => []);
  for (let annotation = 0; annotation < truth.count; annotation++) {
    if (truth.crowd[annotation] === 0) truthOf[truth.image[annotation]!]!.push(annotation);
  }
  const errors: FalsePositive[] = [];
  for (let category = 0; category < records.categoryIds.length; category++) {
    for (let d = records.start[category]!; d < records.start[category + 1]!; d++) {
      if (outcome(records, d) !== 'false-positive') continue;
      const same = { overlap: 0, annotation: -1 };
      const other = { overlap: 0, annotation: -1 };
      for (const annotation of truthOf[records.image[d]!]!) {
        const overlap = iou(detections.box, records.row[d]!, truth.box, annotation, false);
        const best = truth.category[annotation] === category ? same : other;
        if (overlap > best.overlap) Object.assign(best, { overlap, annotation });
      }
      errors.push({ d, category, ...classify(same, other, records.parameters.iouThresholds[0]!) });
    }
  }
  return errors;
}

interface Best {
  overlap: number;
  annotation: number;
}

function classify(same: Best, other: Best, foreground: number): { type: ErrorType; annotation: number } {
  if (same.overlap >= BACKGROUND && same.overlap <= foreground) {
    return { type: 'localisation', annotation: same.annotation };
  }
  if (other.overlap >= foreground) return { type: 'classification', annotation: other.annotation };
  if (same.overlap >= foreground) return { type: 'duplicate', annotation: same.annotation };
  if (Math.max(same.overlap, other.overlap) <= BACKGROUND) return { type: 'background', annotation: -1 };
  return { type: 'both', annotation: other.annotation };
}

/** For each truth not found that some error refers to: the best-scored such error's index in the records. */
function fixableTruth(
  errors: FalsePositive[],
  records: MatchRecords,
  found: Set<number>,
): Map<number, number> {
  const best = new Map<number, number>();
  for (const { type, d, annotation } of errors) {
    if ((type !== 'classification' && type !== 'localisation') || found.has(annotation)) continue;
    const earlier = best.get(annotation);
    if (earlier === undefined || records.score[d]! > records.score[earlier]!) best.set(annotation, d);
  }
  return best;
}

interface Entry {
  category: number;
  d: number;
  hit: boolean;
}

/** AP at the first threshold of other outcomes than those of the records, with some truth taken out; a mean over the same categories. */
function averagePrecision50(records: MatchRecords, entries: Entry[], without: Set<number>): number | null {
  const sorted = [...entries].sort(
    (one, other) =>
      one.category - other.category || records.score[other.d]! - records.score[one.d]! || one.d - other.d,
  );
  const count = sorted.length;
  const start = new Int32Array(records.categoryIds.length + 1);
  for (const { category } of sorted) start[category + 1]!++;
  for (let k = 0; k < records.categoryIds.length; k++) start[k + 1]! += start[k]!;
  const bits = (hit: boolean): Uint16Array => {
    const all = new Uint16Array(records.parameters.areaRanges.length * count);
    sorted.forEach((entry, at) => (all[at] = entry.hit === hit ? 1 : 0));
    return all;
  };
  const accumulated = accumulate(
    {
      ...records,
      count,
      start,
      score: Float64Array.from(sorted, ({ d }) => records.score[d]!),
      image: Int32Array.from(sorted, ({ d }) => records.image[d]!),
      rank: Uint16Array.from(sorted, ({ d }) => records.rank[d]!),
      truePositive: bits(true),
      falsePositive: bits(false),
      truthCounts: records.truthCounts.map((counts, n) => (without.has(records.truthRow[n]!) ? 0 : counts)),
    },
    { areas: [0] },
  );
  const scores = records.categoryIds
    .map((_, k) => accumulated.averagePrecision[k * records.parameters.iouThresholds.length]!)
    .filter((_, k) => countTruth(records, k, 0) > 0)
    // A category that has lost all of its truth.
    .map((value) => (Number.isNaN(value) ? 0 : value));
  return scores.length === 0 ? null : scores.reduce((sum, value) => sum + value, 0) / scores.length;
}

function byType<T>(value: (type: ErrorType) => T): Record<ErrorType, T> {
  return Object.fromEntries(ERROR_TYPES.map((type) => [type, value(type)])) as Record<ErrorType, T>;
}

function count(errors: ErrorAnalysis['errors']): Record<ErrorType, number> {
  const counts = byType(() => 0);
  for (const { type } of errors) counts[type]++;
  return counts;
}

function perCategory(
  errors: ErrorAnalysis['errors'],
  truth: Truth,
  detections: Detections,
): ErrorAnalysis['perCategory'] {
  const counts = truth.categories.map(() => byType(() => 0));
  for (const { type, detection, annotation } of errors) {
    const k = detection === undefined ? truth.category[annotation!]! : detections.category[detection]!;
    counts[k]![type]++;
  }
  return Object.fromEntries(truth.categories.map(({ id }, k) => [String(id), counts[k]!]));
}
