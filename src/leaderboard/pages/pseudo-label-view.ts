import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { artifactFiles } from '../../core/plan/stage-job';
import type { StageRecord } from '../../results/database/records';
import { qualityCurve } from '../charts/quality-curve';
import { formatCount, formatScore, noValue } from '../../core/text/units';
import { chartOf } from '../charts/chart';
import { type Cell, type Column, table } from '../templates/table';
import { countCell, scoreCell } from './cells';

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
      chart: await chartOf(`Quality of the labels of ${label}`, [420, 270], (drawing) =>
        qualityCurve(thresholds, scoreThreshold, drawing),
      ),
      byThreshold: table({
        title: `Labels of ${label} by threshold`,
        rows: thresholds,
        columns: [
          { name: 'Score ≥', isHeader: true, cell: (each) => thresholdCell(each, each === at) },
          ...ratioColumns,
          { name: 'AP', isNumber: true, cell: (each) => scoreCell(each.AP) },
        ],
      }),
      byCategory: table({
        title: `Labels of ${label} by category`,
        rows: Object.entries(at.perCategory).map(([id, each]) => ({ id, ...each })),
        columns: [
          {
            name: `Category, at ${at.scoreThreshold}`,
            isHeader: true,
            cell: ({ id }) => names[id] ?? `category ${id}`,
          },
          ...ratioColumns,
          { name: 'Missed', isNumber: true, cell: ({ missed }) => countCell(missed) },
        ],
      }),
    },
  };
}

const thresholdCell = ({ scoreThreshold }: Quality['thresholds'][number], isUsed: boolean): Cell => ({
  text: scoreThreshold.toFixed(1),
  value: scoreThreshold,
  notes: [isUsed ? 'used' : ''],
});

type Ratios = Pick<Quality['thresholds'][number], 'labels' | 'precision' | 'recall' | 'f1'>;
const ratioColumns: readonly Column<Ratios>[] = [
  { name: 'Labels', isNumber: true, cell: ({ labels }) => countCell(labels) },
  { name: 'Precision', isNumber: true, cell: ({ precision }) => scoreCell(precision) },
  { name: 'Recall', isNumber: true, cell: ({ recall }) => scoreCell(recall) },
  { name: 'F1', isNumber: true, cell: ({ f1 }) => scoreCell(f1) },
];

const figure = (value: number | string | undefined) =>
  typeof value === 'number' ? formatCount(value) : (value ?? noValue);
