import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { PlannedStage } from './stage';
import { environmentSchema, ledgerSchema, outcomeSchema, type RunEnvironment } from './outcome-schema';
import type { StageResult } from './run-events';
import { artifactFiles } from './stage-job';

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
