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
/** What a training stage had taken when it kept its weights on the way. */
export type RunCheckpoint = z.output<typeof runCheckpointSchema>;

/**
 * Whether an interrupted attempt left all the points that lie before its resume point. Where it did not (more are wanted
 * now, or somebody tidied), training begins anew, for the weights of a step gone by can't be had otherwise.
 */
export function hasCheckpoints(
  folder: string,
  progress: { readonly step: number; readonly checkpoints: readonly RunCheckpoint[] },
  checkpointSteps: readonly number[],
  logger: Logger,
): boolean {
  const kept = new Set(progress.checkpoints.map(({ step }) => step));
  const missing = checkpointSteps.filter(
    (step) => step <= progress.step && !(kept.has(step) && existsSync(join(folder, checkpointFile(step)))),
  );
  if (missing.length === 0) return true;
  logger.warn('training begins anew: the weights of earlier steps are wanted and were not kept', {
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

/** Puts the points into the artifact. They stay where they were too, until the artifact is published. */
export async function handOverCheckpoints(
  from: string,
  to: string,
  points: readonly RunCheckpoint[],
): Promise<void> {
  if (points.length === 0) return;
  for (const { step } of points) {
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
  await writeFileAtomically(join(to, artifactFiles.checkpoints), `${JSON.stringify(points)}\n`);
}

/**
 * A point of a training stage's artifact.
 *
 * @throws RethinkError `POINT_MISSING`
 */
export function readPoint(artifact: string, step: number): RunCheckpoint {
  const file = join(artifact, artifactFiles.checkpoints);
  try {
    const points = z.array(runCheckpointSchema).parse(JSON.parse(readFileSync(file, 'utf8')));
    const point = points.find((each) => each.step === step);
    if (point !== undefined) return point;
    throw new Error(`it has the steps ${points.map((each) => each.step).join(', ')}`);
  } catch (cause) {
    throw new RethinkError('POINT_MISSING', `the training stage has no weights of step ${step}`, {
      location: { file },
      hint: 'remove the artifact and run again: the stage is then trained anew and keeps them',
      cause,
    });
  }
}
