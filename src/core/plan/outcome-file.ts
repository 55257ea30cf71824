import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { PlannedStage } from './stage';
import type { RunEnvironment, StageResult } from './run-events';
import { artifactFiles } from './stage-job';

const amount = z.number().min(0);
const cost = z.record(z.string(), amount);

/** What a stage's runner measures itself. */
export const measuredSchema = z.strictObject({
  flops: amount,
  flopsByPhase: cost,
  unknownKernels: cost,
  deviceSeconds: amount,
  secondsByPhase: cost,
  imagesSeen: amount,
  declared: z.boolean().optional(),
  source: z.string().optional(),
});

export const ledgerSchema = measuredSchema.extend({
  wallSeconds: amount,
  lostSeconds: amount.optional(),
  energy: z
    .strictObject({ joules: amount, method: z.string(), estimated: z.boolean().optional() })
    .optional(),
  peakMemoryBytes: amount,
  peakDeviceMemoryBytes: amount.optional(),
  device: z.string(),
});

export const outcomeSchema = z.strictObject({
  ledger: measuredSchema,
  imageIds: z.record(z.string(), z.array(z.number())),
  summary: z.record(z.string(), z.union([z.number(), z.string()])),
  resumedSeconds: amount.optional(),
});

export const environmentSchema = z.strictObject({
  hostname: z.string(),
  platform: z.string(),
  cpu: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  gpu: z.string().optional(),
  node: z.string(),
  backend: z.string(),
  engine: z.string(),
  rethink: z.string(),
  commit: z.string().optional(),
  dirty: z.boolean().optional(),
});

const outcomeFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  stage: z.strictObject({ key: z.string(), kind: z.string(), label: z.string(), seed: z.number() }),
  outcome: outcomeSchema,
  ledger: ledgerSchema,
  startedAt: z.string(),
  endedAt: z.string(),
  environment: environmentSchema,
});

/** `outcome.json` of an artifact: what the stage was, cost and saw, and what ran it. */
export type OutcomeFile = z.infer<typeof outcomeFileSchema>;

export function outcomeFile(
  stage: PlannedStage,
  result: StageResult,
  environment: RunEnvironment,
): z.input<typeof outcomeFileSchema> {
  return outcomeFileSchema.parse({
    schemaVersion: 1,
    stage: { key: stage.key, kind: stage.kind, label: stage.label, seed: stage.seed },
    ...result,
    environment,
  });
}

/**
 * Reads `outcome.json` of a finished artifact.
 *
 * @param folder the artifact's
 * @throws when the file is absent or not of this form
 */
export function readOutcomeFile(folder: string): OutcomeFile {
  return outcomeFileSchema.parse(JSON.parse(readFileSync(join(folder, artifactFiles.outcome), 'utf8')));
}
