import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFileDurably } from '../../core/files/atomic-file';
import type { PlannedStage } from '../../core/plan/stage';
import type { StageFailure } from '../../core/plan/run-events';

const recordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  stage: z.strictObject({ key: z.string(), kind: z.string(), label: z.string() }),
  failure: z.strictObject({
    kind: z.enum(['error', 'diverged', 'timeout', 'memory', 'crash', 'cancelled']),
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    logFile: z.string(),
    startedAt: z.string(),
    endedAt: z.string(),
    seconds: z.number().nonnegative().optional(),
  }),
});

/** Failures kept as data, `<workspace>/failures/<key>.json`; one goes when its stage succeeds. */
export class FailureRecords {
  private readonly folder: string;

  constructor(workspace: string) {
    this.folder = join(workspace, 'failures');
  }

  write(stage: PlannedStage, failure: StageFailure): void {
    mkdirSync(this.folder, { recursive: true });
    const record: z.input<typeof recordSchema> = {
      schemaVersion: 1,
      stage: { key: stage.key, kind: stage.kind, label: stage.label },
      failure: { ...failure },
    };
    replaceFileDurably(this.file(stage.key), `${JSON.stringify(record, null, 2)}\n`);
  }

  /** `undefined` where there is none, or where it can't be read: the stage then simply runs. */
  read(key: string): StageFailure | undefined {
    if (!existsSync(this.file(key))) return undefined;
    try {
      return recordSchema.parse(JSON.parse(readFileSync(this.file(key), 'utf8'))).failure;
    } catch {
      return undefined;
    }
  }

  keys(): string[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder).flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? []);
  }

  remove(key: string): void {
    rmSync(this.file(key), { force: true });
  }

  private file(key: string): string {
    return join(this.folder, `${key}.json`);
  }
}
