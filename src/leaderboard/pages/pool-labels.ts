import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { artifactFiles } from '../../core/plan/stage-job';
import { type Detections, detectionsFrom, type Truth } from '../../evaluation';
import type { BenchmarkResults, StageRecord } from '../../results/database/records';
import { IMAGE_SCORE } from '../images/agreement';
import { trialTitle } from '../model/row-names';

const pseudoLabelsSchema = z.object({
  categories: z.array(z.object({ id: z.number() })),
  images: z.array(z.object({ id: z.number() })),
  annotations: z.array(
    z.object({
      image_id: z.number(),
      category_id: z.number(),
      bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      score: z.number(),
    }),
  ),
});

export interface PoolLabels {
  readonly detections: Detections;
  /** Indices into the images of the ground truth. */
  readonly images: ReadonlySet<number>;
}

export function readPoolLabels(folder: string, truth: Truth): PoolLabels | undefined {
  try {
    const json: unknown = JSON.parse(readFileSync(join(folder, artifactFiles.pseudoLabels), 'utf8'));
    const { images, annotations } = pseudoLabelsSchema.parse(json);
    const indices = new Map(truth.images.map(({ id }, index) => [id, index]));
    return {
      detections: detectionsFrom(annotations, truth, { unknownCategories: 'ignore' }),
      images: new Set(images.flatMap(({ id }) => indices.get(id) ?? [])),
    };
  } catch {
    // Cleared away, of another version, or about other images than the ground truth.
    return undefined;
  }
}

export function poolStages({ stages }: BenchmarkResults): StageRecord[] {
  return stages.filter(({ kind, status }) => kind === 'pseudo-label' && status === 'done');
}

/** From which score on detections became labels, and the least score of those left undecided. */
export function thresholdsOf(
  stages: readonly StageRecord[],
): readonly [scoreThreshold: number, least: number] {
  const scores = stages.map(({ parameters, summary }) => {
    const { scoreThreshold: given, ignoreThreshold } = (parameters ?? {}) as Record<string, unknown>;
    // Where a rule chose it, it is in the stage's summary.
    const { scoreThreshold = given } = (summary ?? {}) as Record<string, unknown>;
    const used = typeof scoreThreshold === 'number' ? scoreThreshold : IMAGE_SCORE;
    return { used, least: typeof ignoreThreshold === 'number' ? Math.min(used, ignoreThreshold) : used };
  });
  return [scores[0]!.used, Math.max(0, Math.min(...scores.map(({ least }) => least)))];
}

export function poolDigest({ parameters }: StageRecord): string | undefined {
  return (parameters as { images?: { datasetDigest?: string } } | null)?.images?.datasetDigest;
}

/** Stage key → the title of the first trial that uses the stage. */
export function usersOf({ trials }: BenchmarkResults): Map<string, string> {
  const users = new Map<string, string>();
  for (const { axes, stageKeys } of trials) {
    const name = trialTitle(axes);
    for (const key of stageKeys) if (!users.has(key)) users.set(key, name);
  }
  return users;
}

export function commonImages(sets: readonly ReadonlySet<number>[]): Set<number> {
  return new Set([...sets[0]!].filter((image) => sets.every((set) => set.has(image))));
}

/** Ground truth in which only some images have objects, so that no other is chosen. */
export function onlyImages(truth: Truth, images: ReadonlySet<number>): Truth {
  return { ...truth, crowd: truth.crowd.map((crowd, row) => (images.has(truth.image[row]!) ? crowd : 1)) };
}
