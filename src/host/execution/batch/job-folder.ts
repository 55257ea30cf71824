import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { stageKeyPattern } from '../../../core/artifact/manifest';
import { Workspace } from '../../../core/artifact/workspace';
import { replaceFileDurably } from '../../../core/files/atomic-file';
import { attemptFailureSchema } from '../../../core/plan/failure';
import type { PortableJob } from '../executor';
import type { LimitOptions } from '../limits';

/** Options of the executor that a worker requires as well. */
export interface WorkerOptions extends LimitOptions {
  /** Version of the tensor engine, the same as in the stage keys. */
  readonly engine: string;
  /** Whether stages that use the engine must get a GPU. */
  readonly usesGpu?: boolean;
  readonly graceSeconds?: number;
  readonly runnersModule?: string;
}

const jobSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Key of the stage in whose job this one runs; its own unless it follows another stage. */
  leader: z.string(),
  job: z.custom<PortableJob>((value) => typeof value === 'object'),
  attempt: z.number(),
  options: z.custom<WorkerOptions>((value) => typeof value === 'object'),
  submittedAt: z.string(),
  /** Seconds in the queue before this submission. */
  queuedSeconds: z.number(),
  /** First progress of the stage in the job before this one; a later one must begin further on. */
  earlierFrom: z.number().optional(),
});

const startSchema = z.strictObject({
  id: z.string(),
  node: z.string(),
  startedAt: z.string(),
  queuedSeconds: z.number(),
  /** Seconds of earlier attempts within the same job. */
  failedSeconds: z.number(),
});

const progressSchema = z.strictObject({
  /** The first progress of this attempt: where it resumed. */
  from: z.number(),
  progress: z.strictObject({
    done: z.number(),
    total: z.number(),
    unit: z.string(),
    figures: z.record(z.string(), z.number()).optional(),
  }),
});

const endSchema = z.strictObject({
  failure: attemptFailureSchema.optional(),
  /** Seconds of this attempt. */
  seconds: z.number(),
});

const schemas = { job: jobSchema, start: startSchema, progress: progressSchema, end: endSchema };
type Name = keyof typeof schemas;
type Content<N extends Name> = z.infer<(typeof schemas)[N]>;
export type JobFile = Content<'job'>;
export type JobStart = Content<'start'>;

/**
 * `<workspace>/jobs/<stage key>/`: all communication between host and worker about a stage under way. `job.json` is
 * written by the host; `start.json`, `progress.json` and `end.json` by the worker. Each is replaced as a whole.
 */
export class JobFolder {
  private readonly path: string;

  constructor(
    workspace: string,
    readonly key: string,
  ) {
    this.path = new Workspace(workspace).job(key);
  }

  /** The folders of all stages that are under way, or ended without a host that noticed. */
  static all(workspace: string): JobFolder[] {
    return entries(new Workspace(workspace).jobs)
      .filter((name) => stageKeyPattern.test(name))
      .map((key) => new JobFolder(workspace, key));
  }

  prepare(file: JobFile): void {
    this.remove();
    mkdirSync(this.path, { recursive: true });
    this.write('job', file);
  }

  /** `undefined` if the file is absent, or not visible yet. */
  read<N extends Name>(name: N): Content<N> | undefined {
    // Listing a folder makes a network file system ask its server; opening a file may be answered by a cache.
    if (!entries(this.path).includes(`${name}.json`)) return undefined;
    try {
      const content: unknown = JSON.parse(readFileSync(this.file(name), 'utf8'));
      return schemas[name].parse(content) as Content<N>;
    } catch {
      return undefined;
    }
  }

  write<N extends Name>(name: N, content: Content<N>): void {
    replaceFileDurably(this.file(name), JSON.stringify(content));
  }

  /** A worker that starts again after its job was requeued: the files of the earlier attempt are obsolete. */
  restart(start: JobStart): void {
    for (const name of ['end', 'progress'] as const) rmSync(this.file(name), { force: true });
    this.write('start', start);
  }

  /** Seconds of all attempts of this job so far. */
  spentSeconds(): number {
    const start = this.read('start');
    if (start === undefined) return 0;
    const lastSign = statSync(this.file('progress'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const observed = Math.max(0, lastSign - Date.parse(start.startedAt)) / 1000;
    return start.failedSeconds + (this.read('end')?.seconds ?? observed);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  private file(name: Name): string {
    return join(this.path, `${name}.json`);
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
