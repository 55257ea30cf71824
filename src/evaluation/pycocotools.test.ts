import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { detectionsFrom } from './detections';
import { evaluate } from './evaluate';
import { AREA_RANGES, COCO, IOU_THRESHOLDS, MAX_DETECTIONS } from './parameters';
import { subsetOf } from './subset';
import { truthFrom } from '../core/coco/ground-truth';
import { type CocoDetection, type CocoTruth } from './types';

interface Case {
  readonly options: {
    readonly images?: number[];
    readonly categories?: number[];
    readonly classAgnostic?: boolean;
    readonly iou?: number[];
    readonly maxDets?: number[];
    readonly areas?: Record<string, [min: number, max: number]>;
  };
  readonly truth: CocoTruth;
  readonly detections: CocoDetection[];
  readonly expected: Record<'stats' | 'perCategory', Record<string, number | null>>;
}

/** Made by `scripts/pycocotools/reference.py`. */
const file = process.env.RETHINK_PYCOCOTOOLS ?? join(__dirname, 'pycocotools.json');
const cases = (JSON.parse(readFileSync(file, 'utf8')) as Case[]).map(
  (each) => [Object.keys(each.options).join(', '), each] as const,
);

test.each(cases)('agrees with pycocotools to 1e-10: %s', (_, { options, truth, detections, expected }) => {
  const full = truthFrom(truth);
  const subset = subsetOf(full, {
    ...options,
    images: options.images?.map(String),
    categories: options.categories?.map(String),
  });
  const { stats, perCategory } = evaluate(subset.truth, subset.take(detectionsFrom(detections, full)), {
    tieRule: 'pycocotools',
    parameters: {
      iouThresholds: options.iou ?? IOU_THRESHOLDS,
      maxDetections: options.maxDets ?? MAX_DETECTIONS,
      areaRanges: options.areas
        ? Object.entries(options.areas).map(([name, [min, max]]) => ({ name, min, max }))
        : AREA_RANGES,
    },
  });
  expectClose(stats, expected.stats);
  expectClose(
    Object.fromEntries(Object.entries(perCategory).map(([id, { AP }]) => [id, AP])),
    expected.perCategory,
  );
});

function expectClose(actual: Record<string, number | null>, expected: Record<string, number | null>): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected)) {
    if (value === null) expect(actual[name], name).toBeNull();
    else expect(Math.abs(actual[name]! - value), name).toBeLessThan(1e-10);
  }
}

test('without options a subset is the whole', () => {
  const [, { truth, detections }] = cases[0]!;
  const full = truthFrom(truth);
  const { truth: same, take } = subsetOf(full, {});
  expect(same).toEqual(full);
  const found = detectionsFrom(detections, full);
  expect(take(found)).toEqual(found);
  expect(evaluate(same, found, { parameters: { ...COCO } })).toMatchObject({
    stats: evaluate(full, found).stats,
  });
});
