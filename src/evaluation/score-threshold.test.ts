import { describe, expect, it } from 'vitest';
import { pseudoLabelQuality } from './pseudo-label-quality';
import { CANDIDATE_THRESHOLDS, chooseScoreThreshold } from './score-threshold';

/** One object in each of ten images; detections on it, or beside it, with these scores. */
function qualities(right: readonly number[], wrong: readonly number[]) {
  const images = Array.from({ length: 10 }, (_, id) => ({ id, width: 100, height: 100 }));
  const bbox = [10, 10, 20, 20] as const;
  const truth = {
    images,
    categories: [{ id: 1, name: 'thing' }],
    annotations: images.map(({ id }) => ({ id: id + 1, image_id: id, category_id: 1, bbox, iscrowd: false })),
  };
  const detections = [
    ...right.map((score, id) => ({ image_id: id, category_id: 1, bbox, score })),
    ...wrong.map((score, id) => ({ image_id: id, category_id: 1, bbox: [60, 60, 20, 20] as const, score })),
  ];
  return pseudoLabelQuality(truth, detections, CANDIDATE_THRESHOLDS);
}

describe('a score threshold from precision and recall', () => {
  it('has the best F1, and of equals the highest', () => {
    // At .31 to .4: 6 right of 7, 6 found of 10. Above .4 one right is lost, at .3 three wrong come.
    expect(chooseScoreThreshold(qualities([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [0.45, 0.3, 0.3, 0.3]))).toBe(0.4);
  });

  it('is the lowest of a precision that is asked for, or of the best one where none reaches it', () => {
    const known = qualities([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [0.45, 0.3, 0.3, 0.3]);
    expect(chooseScoreThreshold(known, 0.85)).toBe(0.31);
    expect(chooseScoreThreshold(known, 0.99)).toBe(0.46);
    expect(chooseScoreThreshold(qualities([0.5], [0.6, 0.7]), 0.9)).toBe(0.5);
  });

  it('is none where nothing is right', () => {
    expect(chooseScoreThreshold(qualities([], [0.9, 0.5]))).toBeUndefined();
    expect(chooseScoreThreshold(qualities([], []), 0.5)).toBeUndefined();
  });
});
