import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../../contract';
import { hostTensor, type HostTensor } from '../tensor';
import { readSafetensors, writeSafetensors } from '../tensor/safetensors';

/** How far the trainer of a plugin's own stage has come, beside its state. */
const progressSchema = z.strictObject({
  /** Updates done. */
  step: z.int().min(0),
  firstLoss: z.number().optional(),
  /** Batches that were detected in. */
  detected: z.int().min(0),
  deviceSeconds: z.number().min(0),
  wallSeconds: z.number().min(0),
});
export type TrainerProgress = z.infer<typeof progressSchema>;

const fileName = 'trainer.safetensors';

/** Writes a point from which the trainer can go on; the one before is replaced when this one is whole. */
export async function saveTrainerPoint(
  folder: string,
  stageKey: string,
  state: Readonly<Record<string, HostTensor>>,
  progress: TrainerProgress,
): Promise<void> {
  const arrays = Object.entries(state).map(([name, { shape, values }]) => [name, { shape, values }] as const);
  const metadata = { stageKey, progress: JSON.stringify(progress) };
  await writeSafetensors(join(folder, fileName), Object.fromEntries(arrays), metadata);
}

/** The point where an earlier attempt stopped. One that can't be read is reported, and training begins anew. */
export async function loadTrainerPoint(
  folder: string,
  stageKey: string,
  logger: Logger,
): Promise<{ state: Record<string, HostTensor>; progress: TrainerProgress } | undefined> {
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
    logger.warn('the trainer begins anew: its resume point cannot be used', { file, reason: String(error) });
    await rm(file, { force: true });
    return undefined;
  }
}
