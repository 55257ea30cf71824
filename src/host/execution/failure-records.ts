import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { replaceFileDurably } from '../../core/files/atomic-file';
import type { PlannedStage } from '../../core/plan/stage';
import { type StageFailure, stageFailureSchema } from '../../core/plan/failure';
import { Workspace } from '../../core/artifact/workspace';

const recordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  stage: z.strictObject({ key: z.string(), kind: z.string(), label: z.string() }),
  failure: stageFailureSchema,
});

/** Failures stored as data, `<workspace>/failures/<key>.json`; a record is removed when its stage succeeds. */
export class FailureRecords {
  private readonly workspace: Workspace;

  constructor(workspace: string) {
    this.workspace = new Workspace(workspace);
  }

  write(stage: PlannedStage, failure: StageFailure): void {
    mkdirSync(this.workspace.failures, { recursive: true });
    const record: z.input<typeof recordSchema> = {
      schemaVersion: 1,
      stage: { key: stage.key, kind: stage.kind, label: stage.label },
      failure: { ...failure },
    };
    replaceFileDurably(this.workspace.failure(stage.key), `${JSON.stringify(record, null, 2)}\n`);
  }

  /** `undefined` if there is none, or if it cannot be read: the stage then runs. */
  read(key: string): StageFailure | undefined {
    if (!existsSync(this.workspace.failure(key))) return undefined;
    try {
      return recordSchema.parse(JSON.parse(readFileSync(this.workspace.failure(key), 'utf8'))).failure;
    } catch {
      return undefined;
    }
  }

  keys(): string[] {
    if (!existsSync(this.workspace.failures)) return [];
    return readdirSync(this.workspace.failures).flatMap(
      (name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? [],
    );
  }

  remove(key: string): void {
    rmSync(this.workspace.failure(key), { force: true });
  }
}
