import { z } from 'zod';
import { benchmarkSpec } from '../../host/benchmark/spec';
import { recordedFailureSchema } from '../../core/plan/failure';
import { costPolicies } from '../../core/cost/lineage';
import { MAX_IMAGES } from '../../core/coco/limits';
import { costSchema } from '../../core/cost/cost-schema';
import { MAX_CODE, MAX_NAME, MAX_TEXT } from '../../core/plan/limits';
import { bundleMetrics } from '../../core/cost/metrics';
import { pluginSummarySchema } from '../../core/plan/plugin-summary';
import { environmentSchema, ledgerSchema } from '../../core/plan/outcome-schema';
import { trialStatuses } from '../database/records';
import { stageKindNames } from '../../core/plan/stage-kinds';
import { metricsSchema } from '../../evaluation/metrics-file';
import { resampledScores } from '../../evaluation/summarise';

const name = z.string().max(MAX_NAME);
const text = z.string().max(MAX_TEXT);
const key = z.string().regex(/^[0-9a-f]{64}$/, 'a stage key: 64 hexadecimal digits');
const time = z.iso.datetime({ offset: true });
const count = z.int().min(0);

const axes = z.strictObject({
  init: name,
  augmentation: name,
  strategy: name,
  fraction: z.number().gt(0).max(1),
  length: z.number().positive().default(1),
  seed: count.max(2 ** 31 - 1),
});

const access = z.strictObject({
  verdict: z.enum(['disjoint', 'invalid', 'unknown']),
  rows: z.array(z.strictObject({ label: text, role: name, images: count })),
  findings: z.array(z.strictObject({ severity: z.enum(['good', 'bad', 'note']), text })),
});

const trialSchema = z.strictObject({
  id: z.string().min(1).max(1000),
  axes,
  status: z.enum(trialStatuses).exclude(['running', 'stale']),
  code: z.string().max(MAX_CODE).optional(),
  /** Message and hint of a failure. */
  reason: z
    .string()
    .max(3 * MAX_TEXT)
    .optional(),
  logFile: text.optional(),
  stageKeys: z.array(key).max(10_000),
  detectKey: key.optional(),
  evaluateKey: key.optional(),
  access: access.optional(),
  checkpoints: z
    .array(
      z.strictObject({
        training: key,
        step: count,
        steps: count,
        detectKey: key,
        evaluateKey: key,
      }),
    )
    .max(10_000)
    .optional(),
  control: z
    .strictObject({ of: z.array(z.strictObject({ strategy: name, length: z.number().positive() })).min(1) })
    .optional(),
});

const stageSchema = z.strictObject({
  key,
  kind: z.enum(stageKindNames),
  label: name,
  seed: z.int(),
  parameters: z.record(z.string(), z.json()),
  inputs: z.record(name, key),
  status: z.enum(['planned', 'done', 'failed', 'blocked']),
  attempt: count,
  startedAt: time.optional(),
  endedAt: time.optional(),
  ledger: ledgerSchema.optional(),
  summary: z.record(z.string(), z.union([z.number(), text])).optional(),
  imageCounts: z.record(name, count).optional(),
  failure: recordedFailureSchema.optional(),
  environmentId: key.optional(),
  /** Role → name in `imageSets` of the images that it saw; absent where there is no record. */
  images: z.record(name, name).optional(),
  /** Wall seconds of interrupted attempts up to the point from which it resumed. */
  resumedSeconds: z.number().min(0).optional(),
});

const runSchema = z.strictObject({
  startedAt: time,
  endedAt: time.optional(),
  cancelled: z.boolean().optional(),
  command: z.string(),
  slots: count,
  trials: count,
  environmentId: key,
});

const cost = costSchema(bundleMetrics);

/** The parts of a benchmark's settings that pages and statistics read; the rest is passed on. */
const resolvedSchema = z.looseObject({
  name: benchmarkSpec.shape.name,
  axes: benchmarkSpec.shape.axes,
  claims: benchmarkSpec.shape.claims,
  cost: benchmarkSpec.shape.cost,
  reference: benchmarkSpec.shape.reference,
});

/** `results.json` of a bundle. */
export const bundleResultsSchema = z.strictObject({
  benchmark: z.strictObject({
    name: benchmarkSpec.shape.name,
    title: text.min(1),
    description: text,
    file: text,
    resolved: resolvedSchema,
    updatedAt: time,
  }),
  /** Data sets by content digest, without their location. */
  datasets: z.record(key, z.strictObject({ type: z.enum(['coco', 'folders']) })),
  trials: z.array(trialSchema).max(100_000),
  stages: z.array(stageSchema).max(300_000),
  runs: z.array(runSchema).max(10_000),
  environments: z.record(key, environmentSchema),
  plugins: z.array(pluginSummarySchema).max(1000),
  /** Ids of images as [first, last] runs. */
  imageSets: z.record(name, z.array(z.tuple([z.int(), z.int()])).max(MAX_IMAGES)),
  /** What the scored trials cost, by id: computed from the ledgers, for readers without this program. */
  costs: z.record(z.string(), z.record(z.enum([...costPolicies, 'scoring']), cost)),
});
export type BundleResults = z.output<typeof bundleResultsSchema>;
export type BundleTrial = BundleResults['trials'][number];
export type BundleStage = BundleResults['stages'][number];

/** `evaluations.json` of a bundle: by key of the evaluate stage. */
export const bundleEvaluationsSchema = z.record(
  key,
  z.strictObject({
    report: metricsSchema.omit({ resamples: true }),
    /** Scores on resampled images: those that `resamples.bin` contains, `count` numbers each. */
    resamples: z
      .strictObject({
        images: z.string().max(200),
        count: count.min(1).max(1_000_000),
        scores: z.array(z.enum(resampledScores)),
      })
      .optional(),
  }),
);
export type BundleEvaluations = z.output<typeof bundleEvaluationsSchema>;

/** `curves.json` and `pseudo-labels.json`: by stage key, as the stage wrote them. */
export const byStageSchema = z.record(key, z.json());
