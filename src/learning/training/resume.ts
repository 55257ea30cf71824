import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../../contract';
import { hostTensor, type HostTensor } from '../tensor';
import type { CurveEntry } from './curve';
import { runCheckpointSchema } from './run-checkpoints';
import { readSafetensors, writeSafetensors } from '../tensor/safetensors';

const fileName = 'training.safetensors';

const progressSchema = z.strictObject({
  /** Steps done. */
  step: z.int().positive(),
  /** Runs of steps that compute on the state without training it. */
  inferenceRuns: z.int().min(0),
  firstLoss: z.number(),
  deviceSeconds: z.number(),
  wallSeconds: z.number(),
  secondsByPhase: z.record(z.string(), z.number()),
  curve: z.array(z.custom<CurveEntry>((value) => typeof value === 'object' && value !== null)),
  openEntry: z.strictObject({ sums: z.record(z.string(), z.number()), steps: z.int() }),
  /** Checkpoints written so far. */
  checkpoints: z.array(runCheckpointSchema),
});
/** How far a training has come, beside its state. All random numbers follow from the seed and the step's number. */
export type TrainingProgress = Readonly<z.infer<typeof progressSchema>>;

/** Writes a resume point; it replaces the earlier one when it is complete. */
export async function saveResumePoint(
  folder: string,
  stageKey: string,
  state: Readonly<Record<string, HostTensor>>,
  progress: TrainingProgress,
): Promise<void> {
  const arrays = Object.fromEntries(
    Object.entries(state).map(([name, { shape, values }]) => [name, { shape, values }]),
  );
  await writeSafetensors(join(folder, fileName), arrays, { stageKey, progress: JSON.stringify(progress) });
}

/**
 * The point where an earlier attempt at this stage stopped. A broken or foreign file does not fail the stage: it is
 * reported and training restarts.
 */
export async function loadResumePoint(
  folder: string,
  stageKey: string,
  logger: Logger,
): Promise<{ state: Record<string, HostTensor>; progress: TrainingProgress } | undefined> {
  const file = join(folder, fileName);
  if (!existsSync(file)) return undefined;
  try {
    const { tensors, metadata } = await readSafetensors(file);
    if (metadata.stageKey !== stageKey) throw new Error('it belongs to another stage');
    const progress = progressSchema.parse(JSON.parse(metadata.progress ?? ''));
    const state = Object.entries(tensors).map(([name, { shape, values }]) => {
      if (values instanceof Uint8Array) throw new Error(`${name} holds bytes`);
      return [name, hostTensor(values, shape)] as const;
    });
    return { state: Object.fromEntries(state), progress };
  } catch (error) {
    logger.warn('Training restarts from the beginning: the resume point cannot be used.', {
      file,
      reason: String(error),
    });
    await rm(file, { force: true });
    return undefined;
  }
}
