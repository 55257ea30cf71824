import { accumulate, countTruth } from './accumulate';
import { iou } from './iou';
import { match, type MatchRecords } from './match';
import { AREA_RANGES, IOU_THRESHOLDS, type TieRule } from './parameters';
import { outcome } from './select';
import { summariseCategory } from './summarise';
import { type Detections, type Truth } from './types';

/** The six types of TIDE (Bolya et al. 2020, arXiv 2008.08115, section 2.2). */
export const ERROR_TYPES = [
  'classification',
  'localisation',
  'both',
  'duplicate',
  'background',
  'missed',
] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

export interface ErrorAnalysis {
  /** AP at IoU .50, mean over the categories that have truth; null without truth. */
  AP50: number | null;
  counts: Record<ErrorType, number>;
  /** How much AP50 would rise were all errors of one type mended, the others left; null without truth. */
  deltaAP: Record<ErrorType, number | null>;
  /** Were all false positives gone; were all missed truth found. */
  deltaFalsePositives: number | null;
  deltaFalseNegatives: number | null;
  /** By category id: of the detection, or of the truth for `missed`. */
  perCategory: Record<string, Record<ErrorType, number>>;
  /** Each false positive's type by row of the detections, and each truth that is `missed` by row of the truth. */
  errors: { type: ErrorType; detection?: number; annotation?: number }[];
}

const FOREGROUND = IOU_THRESHOLDS[0]!;
const BACKGROUND = 0.1;

/**
 * Sorts every false positive at IoU .50, and every truth that was not found, into one of six types, in the order in
 * which the authors' tool tests them:
 * - localisation: best truth of its category at .1 ≤ IoU ≤ .5;
 * - classification: a truth of another category at IoU ≥ .5;
 * - duplicate: a truth of its category at IoU ≥ .5, already taken;
 * - background: no truth at all above IoU .1;
 * - both: the rest (only another category, at .1 < IoU < .5);
 * - missed: a truth not found that no mended classification or localisation error would find.
 *
 * Fixing: the best-scored classification or localisation error of a truth that was not found becomes a true positive,
 * other such errors, duplicates, background and both vanish, missed truth is taken out of the truth (a category that loses
 * all of its truth by this counts as AP 0, as in the authors' tool).
 *
 * Categories without truth: AP is a mean over categories with truth, so they are no part of it (the authors' tool counts
 * them as AP 0). Their detections are errors like any other: `classification` where they lie on an object of another
 * category, and mending that gives the object's category a true positive. Detections on a crowd of their category are
 * ignored; a crowd is no truth that an error could refer to.
 */
export function errorTypes(
  truth: Truth,
  detections: Detections,
  tieRule: TieRule = 'threshold',
): ErrorAnalysis {
  const records = match(truth, detections, tieRule);
  const found = new Set<number>();
  for (let d = 0; d < records.count; d++) {
    if (outcome(records, d) === 'true-positive') found.add(records.takenAt50[d]!);
  }
  const errors = falsePositives(truth, detections, records);
  const mended = mendableTruth(errors, records, found);

  const analysis: ErrorAnalysis['errors'] = errors.map(({ type, d, annotation }) => ({
    type,
    detection: records.row[d]!,
    annotation: annotation < 0 ? undefined : annotation,
  }));
  const missed: number[] = [];
  for (let annotation = 0; annotation < truth.count; annotation++) {
    if (truth.crowd[annotation] === 1 || found.has(annotation) || mended.has(annotation)) continue;
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
    mended.get(error.annotation) === error.d &&
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
      errors.push({ d, category, ...classify(same, other) });
    }
  }
  return errors;
}

interface Best {
  overlap: number;
  annotation: number;
}

function classify(same: Best, other: Best): { type: ErrorType; annotation: number } {
  if (same.overlap >= BACKGROUND && same.overlap <= FOREGROUND) {
    return { type: 'localisation', annotation: same.annotation };
  }
  if (other.overlap >= FOREGROUND) return { type: 'classification', annotation: other.annotation };
  if (same.overlap >= FOREGROUND) return { type: 'duplicate', annotation: same.annotation };
  if (Math.max(same.overlap, other.overlap) <= BACKGROUND) return { type: 'background', annotation: -1 };
  return { type: 'both', annotation: other.annotation };
}

/** For each truth not found that some error refers to: the best-scored such error's index in the records. */
function mendableTruth(
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

/** AP at IoU .50 of other outcomes than those of the records, with some truth taken out; a mean over the same categories. */
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
    const all = new Uint16Array(AREA_RANGES.length * count);
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
      rank: Uint8Array.from(sorted, ({ d }) => records.rank[d]!),
      truePositive: bits(true),
      falsePositive: bits(false),
      truthCounts: records.truthCounts.map((counts, n) => (without.has(records.truthRow[n]!) ? 0 : counts)),
    },
    { areas: [0] },
  );
  let sum = 0;
  let categories = 0;
  for (let k = 0; k < records.categoryIds.length; k++) {
    if (countTruth(records, k, 0) === 0) continue;
    sum += summariseCategory(accumulated, k).AP50 ?? 0;
    categories++;
  }
  return categories === 0 ? null : sum / categories;
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
