import { z } from 'zod';
import { costSchema } from '../../core/cost/cost-schema';
import { costPolicies } from '../../core/cost/lineage';
import { costMetrics, type CostMetric } from '../../core/cost/metrics';
import { trialStatuses } from '../../results/database/records';
import type { LeaderboardRow, LeaderboardModel } from '../model/leaderboard';
import { resampledScores } from '../../evaluation/summarise';
import { strategyName } from '../../core/plan/axes';

const share = z.number().min(0).max(1);
const cost = costSchema(Object.keys(costMetrics) as CostMetric[]);
const axes = {
  init: z.string(),
  augmentation: z.string(),
  strategy: z.string(),
  fraction: share.describe('labelled share'),
};

/** The data behind a benchmark's pages, for programs. Published as JSON Schema beside it. */
export const exportDataSchema = z
  .object({
    schemaVersion: z.literal(1),
    benchmark: z.object({
      name: z.string(),
      title: z.string(),
      description: z.string(),
      updatedAt: z.string().describe('ISO 8601, UTC'),
    }),
    rows: z
      .array(
        z.object({
          ...axes,
          status: z.enum(trialStatuses),
          controlOf: z
            .array(z.string())
            .optional()
            .describe('strategies that this row is the compute-matched control of'),
          rank: z.int().optional().describe('by mean AP; absent where there is none'),
          rankInterval: z
            .object({ low: z.int(), high: z.int() })
            .optional()
            .describe('95 %, holds for all rows together'),
          scores: z
            .partialRecord(
              z.enum(resampledScores),
              z.object({
                mean: share,
                low: z.number().optional(),
                high: z.number().optional().describe('95 % interval, by images and seeds'),
              }),
            )
            .describe(
              'means over the seeds that are done, in [0, 1]; without scores that no object counts for',
            ),
          cost: z
            .record(z.enum(costPolicies), cost)
            .optional()
            .describe('means over the seeds that are done'),
          onFront: z
            .record(z.string(), share)
            .optional()
            .describe('probability of being on the Pareto front, by policy and metric'),
          seeds: z.array(
            z.object({
              seed: z.int(),
              status: z.enum(trialStatuses),
              reason: z.string().optional(),
              scores: z.record(z.string(), share.nullable()).optional().describe('the twelve COCO numbers'),
              cost: z.record(z.enum(costPolicies), cost).optional(),
            }),
          ),
        }),
      )
      .describe('trials that differ in their seed alone; ranked rows first, best first'),
  })
  .describe('Results of a Rethink Bench benchmark');
export type ExportData = z.infer<typeof exportDataSchema>;

export function exportJsonSchema(): object {
  return z.toJSONSchema(exportDataSchema);
}

export function exportData({ benchmark, rows }: LeaderboardModel): ExportData {
  const { name, title, description, updatedAt } = benchmark;
  return {
    schemaVersion: 1,
    benchmark: { name, title, description, updatedAt },
    rows: rows.map((row) => ({
      ...row.axes,
      status: row.status,
      ...(row.control && { controlOf: row.control.of.map(strategyName) }),
      ...(row.rank !== undefined && { rank: row.rank }),
      ...(row.uncertainty && {
        rankInterval: { low: row.uncertainty.rank.low, high: row.uncertainty.rank.high },
        onFront: { ...row.uncertainty.onFront },
      }),
      scores: scoresOf(row),
      ...(row.cost && { cost: row.cost }),
      seeds: row.trials.map(({ record, cost }) => ({
        seed: record.axes.seed,
        status: record.status,
        ...(record.reason !== undefined && { reason: record.reason }),
        ...(record.metrics && { scores: { ...record.metrics.stats } }),
        ...(cost &&
          record.metrics && {
            cost: { full: cost.full, amortised: cost.amortised, marginal: cost.marginal },
          }),
      })),
    })),
  };
}

function scoresOf({ scores, uncertainty }: LeaderboardRow): ExportData['rows'][number]['scores'] {
  const entries = resampledScores.flatMap((name) => {
    const spread = scores[name];
    if (spread === null) return [];
    const found = uncertainty?.intervals[name];
    return [[name, { mean: spread.mean, ...(found && { low: found.low, high: found.high }) }] as const];
  });
  return Object.fromEntries(entries);
}
