import { RethinkError } from '../contract/errors';
import { type MatchRecords } from './match';
import type { Calibration } from './metrics-file';
import { outcome } from './select';

export interface CalibrationOptions {
  /** Default 10, of equal width. */
  bins?: number;
  /** Index of one category; default all. */
  category?: number;
  /** Named in the error. */
  file?: string;
}

/**
 * Does a score of .8 mean that 80 % of such detections are right? Reliability bins and their errors (Guo et al. 2017)
 * at the first IoU threshold.
 *
 * @throws RethinkError `CALIBRATION_SCORE` where a score lies outside [0, 1]: then it is no probability
 */
export function calibration(
  records: MatchRecords,
  { bins = 10, category, file }: CalibrationOptions = {},
): Calibration {
  const count = new Float64Array(bins);
  const scores = new Float64Array(bins);
  const right = new Float64Array(bins);
  let squares = 0;
  const first = category === undefined ? 0 : records.start[category]!;
  const last = category === undefined ? records.count : records.start[category + 1]!;
  for (let d = first; d < last; d++) {
    const score = records.score[d]!;
    if (!(score >= 0 && score <= 1)) {
      throw new RethinkError(
        'CALIBRATION_SCORE',
        `A score of ${score} is not a probability: [0, 1] is expected.`,
        {
          location: { file, path: `[${records.row[d]!}].score` },
          hint: 'Calibration needs scores after the sigmoid or softmax.',
        },
      );
    }
    const is = outcome(records, d);
    if (is === 'ignored') continue;
    const bin = Math.min(Math.floor(score * bins), bins - 1);
    const hit = is === 'true-positive' ? 1 : 0;
    count[bin]!++;
    scores[bin]! += score;
    right[bin]! += hit;
    squares += (score - hit) ** 2;
  }
  const detections = count.reduce((sum, one) => sum + one, 0);
  let expected = 0;
  let maximum = 0;
  const table = Array.from(count, (inBin, bin): Calibration['bins'][number] => {
    const meanScore = inBin === 0 ? null : scores[bin]! / inBin;
    const precision = inBin === 0 ? null : right[bin]! / inBin;
    const gap = Math.abs((meanScore ?? 0) - (precision ?? 0));
    expected += (gap * inBin) / Math.max(detections, 1);
    maximum = Math.max(maximum, gap);
    return { from: bin / bins, to: (bin + 1) / bins, detections: inBin, meanScore, precision };
  });
  const some = detections > 0;
  return {
    bins: table,
    detections,
    expectedError: some ? expected : null,
    maximumError: some ? maximum : null,
    brier: some ? squares / detections : null,
  };
}
