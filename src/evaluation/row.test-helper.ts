import { type Box, type CocoDetection, type CocoTruth } from './types';

/** One image, one category, truth in a row of 50-pixel squares. */
export function row(objects: number): CocoTruth {
  return {
    images: [{ id: 1 }],
    categories: [{ id: 1 }],
    annotations: Array.from({ length: objects }, (_, index) => ({
      id: index + 1,
      image_id: 1,
      category_id: 1,
      bbox: [100 * index, 0, 50, 50] as Box,
    })),
  };
}

export const hit = (object: number, score: number): CocoDetection => ({
  image_id: 1,
  category_id: 1,
  bbox: [100 * object, 0, 50, 50],
  score,
});
export const miss = (score: number): CocoDetection => ({
  image_id: 1,
  category_id: 1,
  bbox: [0, 500, 50, 50],
  score,
});
