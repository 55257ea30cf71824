import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { artifactFiles } from '../../core/plan/stage-job';
import type { StageRecord } from '../../results/database/records';
import { qualityCurve } from '../charts/quality-curve';
import { formatCount, formatScore, noValue } from '../../core/text/units';

const share = z.number().min(0).max(1).nullable();
const counts = {
  labels: z.number().min(0),
  truePositives: z.number().min(0),
  falsePositives: z.number().min(0),
  missed: z.number().min(0),
  precision: share,
  recall: share,
  f1: share,
  AP: share,
};
const qualitySchema = z.object({
  scoreThreshold: z.number(),
  thresholds: z.array(
    z.object({
      scoreThreshold: z.number(),
      ...counts,
      AP50: share,
      perCategory: z.record(z.string(), z.object(counts)),
    }),
  ),
});
type Quality = z.output<typeof qualitySchema>;

/**
 * How good the pseudo-labels of a trial's stages are, where the pool's hidden truth is known.
 *
 * @param names category id → name
 */
export async function pseudoLabelViews(
  stages: readonly StageRecord[],
  artifactFolder: (key: string) => string,
  names: Readonly<Record<string, string>>,
) {
  const made = stages.filter(({ kind, status }) => kind === 'pseudo-label' && status === 'done');
  return Promise.all(made.map((stage) => qualityView(stage, readQuality(artifactFolder(stage.key)), names)));
}

function readQuality(folder: string): Quality | undefined {
  try {
    const json: unknown = JSON.parse(readFileSync(join(folder, artifactFiles.pseudoLabelQuality), 'utf8'));
    return qualitySchema.parse(json);
  } catch {
    // No hidden truth, an artifact that was cleared away, or one of another version.
    return undefined;
  }
}

async function qualityView(
  { label, summary = {} }: StageRecord,
  quality: Quality | undefined,
  names: Readonly<Record<string, string>>,
) {
  const made = {
    label,
    labels: figure(summary['labels']),
    images: figure(summary['images']),
    labelledImages: figure(summary['labelledImages']),
    ignoredRegions: summary['ignoredRegions'] === 0 ? undefined : figure(summary['ignoredRegions']),
  };
  if (quality === undefined || quality.thresholds.length === 0) return made;
  const { scoreThreshold, thresholds } = quality;
  // Quality is measured at a fixed ladder of thresholds: the rung nearest to the one used.
  const at = thresholds.reduce((best, each) =>
    Math.abs(each.scoreThreshold - scoreThreshold) < Math.abs(best.scoreThreshold - scoreThreshold)
      ? each
      : best,
  );
  const title = `Quality of the labels of ${label}`;
  return {
    ...made,
    threshold: String(scoreThreshold),
    quality: {
      at: String(at.scoreThreshold),
      isExact: at.scoreThreshold === scoreThreshold,
      precision: formatScore(at.precision),
      recall: formatScore(at.recall),
      f1: formatScore(at.f1),
      AP: formatScore(at.AP),
      AP50: formatScore(at.AP50),
      wide: await qualityCurve(thresholds, scoreThreshold, { title, width: 480, height: 280 }),
      narrow: await qualityCurve(thresholds, scoreThreshold, { title, width: 358, height: 260 }),
      thresholds: thresholds.map((each) => ({
        threshold: each.scoreThreshold.toFixed(1),
        isUsed: each === at,
        ...ratios(each),
        AP: formatScore(each.AP),
      })),
      categories: Object.entries(at.perCategory).map(([id, each]) => ({
        name: names[id] ?? `category ${id}`,
        ...ratios(each),
        missed: formatCount(each.missed),
      })),
    },
  };
}

function ratios(each: Pick<Quality['thresholds'][number], 'labels' | 'precision' | 'recall' | 'f1'>) {
  return {
    labels: formatCount(each.labels),
    precision: formatScore(each.precision),
    recall: formatScore(each.recall),
    f1: formatScore(each.f1),
  };
}

const figure = (value: number | string | undefined) =>
  typeof value === 'number' ? formatCount(value) : (value ?? noValue);
