import { constants, copyFileSync, existsSync, linkSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { type Logger, RethinkError } from '../../contract';
import { artifactFiles, checkpointFile } from '../../core/plan/stage-job';

export const runCheckpointSchema = z.strictObject({
  /** Steps done. */
  step: z.int().positive(),
  deviceSeconds: z.number().min(0),
  /** Of the stage's process, earlier attempts included. */
  wallSeconds: z.number().min(0),
});
/** What a training stage had cost when it wrote a checkpoint. */
export type RunCheckpoint = z.output<typeof runCheckpointSchema>;

/**
 * Whether an interrupted attempt left all checkpoints before its resume point. Where it did not (more are requested now,
 * or files were removed), training restarts: the weights of an earlier step cannot be recovered otherwise.
 */
export function hasCheckpoints(
  folder: string,
  progress: { readonly step: number; readonly checkpoints: readonly RunCheckpoint[] },
  checkpointSteps: readonly number[],
  logger: Logger,
): boolean {
  const written = new Set(progress.checkpoints.map(({ step }) => step));
  const missing = checkpointSteps.filter(
    (step) => step <= progress.step && !(written.has(step) && existsSync(join(folder, checkpointFile(step)))),
  );
  if (missing.length === 0) return true;
  logger.warn('Training restarts from the beginning: checkpoints of earlier steps are missing.', {
    steps: missing,
  });
  return false;
}

/** @param write writes the weights whole or not at all */
export async function writeCheckpoint(
  folder: string,
  step: number,
  write: (file: string) => Promise<void>,
): Promise<void> {
  const file = join(folder, checkpointFile(step));
  mkdirSync(dirname(file), { recursive: true });
  await write(file);
}

/** Adds the checkpoints to the artifact. They also stay in the resume folder until the artifact is published. */
export async function handOverCheckpoints(
  from: string,
  to: string,
  checkpoints: readonly RunCheckpoint[],
): Promise<void> {
  if (checkpoints.length === 0) return;
  for (const { step } of checkpoints) {
    const [source, target] = [from, to].map((folder) => join(folder, checkpointFile(step))) as [
      string,
      string,
    ];
    mkdirSync(dirname(target), { recursive: true });
    try {
      linkSync(source, target);
    } catch {
      // Another file system, or one without links.
      copyFileSync(source, target, constants.COPYFILE_FICLONE);
    }
  }
  await writeFileAtomically(join(to, artifactFiles.checkpoints), `${JSON.stringify(checkpoints)}\n`);
}

/**
 * A checkpoint of a training stage's artifact.
 *
 * @throws RethinkError `CHECKPOINT_MISSING`
 */
export function readRunCheckpoint(artifact: string, step: number): RunCheckpoint {
  const file = join(artifact, artifactFiles.checkpoints);
  try {
    const checkpoints = z.array(runCheckpointSchema).parse(JSON.parse(readFileSync(file, 'utf8')));
    const checkpoint = checkpoints.find((each) => each.step === step);
    if (checkpoint !== undefined) return checkpoint;
    throw new Error(`it has the steps ${checkpoints.map((each) => each.step).join(', ')}`);
  } catch (cause) {
    throw new RethinkError('CHECKPOINT_MISSING', `The training stage has no checkpoint of step ${step}.`, {
      location: { file },
      hint: 'Remove the artifact and run again: the stage is then trained again with its checkpoints.',
      cause,
    });
  }
}
