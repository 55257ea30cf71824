import { expect, test } from 'vitest';
import { evaluate } from '../../evaluation';
import { detectionsFrom } from '../../evaluation/detections';
import { metricsSchema } from '../../evaluation/metrics-file';
import { truthFrom } from '../../core/coco/ground-truth';
import { imageIntervals } from './score-intervals';

/** Forty images with a small box each; of one category two thirds are found, of the other all, none of a third. */
function evaluation() {
  const images = Array.from({ length: 40 }, (_, i) => ({ id: i + 1 }));
  const annotations = images.map(({ id }) => ({
    id,
    image_id: id,
    category_id: 1 + (id % 2),
    bbox: [10, 10, 20, 20] as const,
  }));
  const truth = truthFrom({ images, categories: [{ id: 1 }, { id: 2 }, { id: 3 }], annotations });
  const found = annotations
    .filter(({ id, category_id }) => category_id === 2 || id % 3 !== 0)
    .map(({ image_id, category_id, bbox }) => ({
      image_id,
      category_id,
      bbox: [...bbox] as never,
      score: 0.9,
    }));
  return evaluate(truth, detectionsFrom(found, truth));
}

test('every number that has a value has an interval around it', () => {
  const scored = evaluation();
  const { intervals } = imageIntervals(scored, 200);
  for (const [name, value] of Object.entries(scored.stats) as [keyof typeof scored.stats, number | null][]) {
    const interval = intervals.scores[name];
    if (value === null) expect(interval).toBeNull();
    else {
      expect(interval!.low).toBeLessThan(value);
      expect(interval!.high).toBeGreaterThan(value);
    }
  }
  const [partly, all, absent] = ['1', '2', '3'].map((id) => intervals.perCategory[id]!);
  expect(partly!.AR100!.low).toBeGreaterThan(0.3);
  expect(partly!.AR100!.low).toBeLessThan(scored.perCategory['1']!.AR100!);
  expect(all).toMatchObject({ AP: { low: 1, high: 1 }, AR100: { low: 1, high: 1 } });
  expect(absent).toEqual({ AP: null, AP50: null, AR100: null });
});

test('they are read again from what an evaluation left, and may be absent from it', () => {
  const { stats, ...scored } = evaluation();
  const { intervals } = imageIntervals({ stats, ...scored }, 50);
  const parse = (metrics: object) => metricsSchema.parse(JSON.parse(JSON.stringify(metrics)));
  expect(parse({ stats, intervals }).intervals).toEqual(intervals);
  expect(parse({ stats }).intervals).toBeUndefined();
});
