import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RethinkError } from '../../../contract';
import { ArtifactStore } from '../../../core/artifact/artifact-store';
import { checksumFiles, writeManifest } from '../../../core/artifact/write-manifest';
import type { PlannedStage } from '../../../core/plan/stage';
import type { Executor, StageRequest } from '../executor';
import { keyOf, temporaryFolder, testPlan } from '../plan.test-helper';
import { BatchExecutor } from './batch-executor';
import type { BatchEnding, BatchJob, BatchState, BatchSystem } from './batch-system';
import { JobFolder } from './job-folder';

let workspace: string;
let remove: () => void;
let store: ArtifactStore;
beforeEach(() => {
  ({ path: workspace, remove } = temporaryFolder());
  store = new ArtifactStore(workspace);
});
afterEach(() => remove());

const key = keyOf('a');

/** A batch system in this process. Each job is run by the next function of a list. */
class TestSystem implements BatchSystem {
  readonly name = 'Test';
  readonly submitted: BatchJob[] = [];
  readonly states = new Map<string, BatchState>();
  ended: BatchEnding = { cause: 'crash', description: 'FAILED' };
  isAway = false;

  constructor(private readonly runs: ((end: () => void) => void)[]) {}

  submit(job: BatchJob): Promise<string | undefined> {
    if (this.isAway) return Promise.resolve(undefined);
    const id = String(this.submitted.push(job));
    const set = (phase: BatchState['phase']) => this.states.set(job.name, { id, phase, description: phase });
    set('running');
    this.runs.shift()!(() => set('ended'));
    return Promise.resolve(id);
  }
  list(): Promise<ReadonlyMap<string, BatchState> | undefined> {
    return Promise.resolve(this.isAway ? undefined : new Map(this.states));
  }
  cancel(): Promise<void> {
    return Promise.resolve();
  }
  ending(): Promise<BatchEnding> {
    return Promise.resolve(this.ended);
  }
}

const noLocal: Executor = { slots: 1, attempt: () => Promise.reject(new Error('not on this machine')) };

function attempt(system: TestSystem, stop = new AbortController()) {
  const [stage] = testPlan({ a: { behaviour: 'succeed' } }).stages as [PlannedStage];
  const events: string[] = [];
  const request: StageRequest = {
    job: {
      stage,
      inputFolders: {},
      datasets: {},
      pluginEntries: {},
      backend: 'cpu',
      threads: 1,
      resumeFolder: workspace,
    },
    attempt: 1,
    followers: [],
    stop: stop.signal,
    kill: new AbortController().signal,
    queued: ({ id }) => Promise.resolve(void events.push(`queued ${id}`)),
    started: ({ job, node }) => Promise.resolve(void events.push(`started ${job} on ${node}`)),
    progress: ({ done }) => void events.push(`progress ${done}`),
  };
  const options = { workspace, store, system, engine: 'none', latencyMs: 400 };
  const executor = new BatchExecutor(1, noLocal, options, { lookMs: 5, askMs: 10 });
  return { events, end: executor.attempt(request) };
}

const folder = () => new JobFolder(workspace, key);
const start = (id: string): void =>
  folder().restart({
    id,
    node: 'n1',
    startedAt: new Date().toISOString(),
    queuedSeconds: 1,
    failedSeconds: 0,
  });
const progress = (from: number, done: number): void =>
  folder().write('progress', { from, progress: { done, total: 10, unit: 'step' } });
const interrupt = (): void =>
  folder().write('end', { failure: { kind: 'cancelled', code: 'CANCELLED', message: 'x' }, seconds: 2 });

async function publish(): Promise<void> {
  const draft = store.createDraft(key);
  writeFileSync(join(draft, 'a.json'), '{}');
  writeManifest(draft, key, await checksumFiles(draft, ['a.json']));
  store.publish(key, draft);
}

it('waits for files that become visible after the end of their job', async () => {
  const system = new TestSystem([
    (end) => {
      start('1');
      end();
      void sleep(150).then(() => folder().write('end', { seconds: 1 }));
      void sleep(300).then(publish);
    },
  ]);
  const { events, end } = attempt(system);
  expect(await end).toBeUndefined();
  expect(events).toEqual(['started 1 on n1']);
  expect(JobFolder.all(workspace)).toEqual([]);
});

it('submits again as long as the stage makes progress, and counts what was lost', async () => {
  const lost: unknown[] = [];
  const interrupted = (from: number, done: number) => (end: () => void) => {
    lost.push(folder().read('job')?.job.failedSeconds);
    start('x');
    progress(from, done);
    interrupt();
    end();
  };
  const system = new TestSystem([interrupted(1, 4), interrupted(5, 9), interrupted(5, 9)]);
  system.ended = { cause: 'interrupted', description: 'TIMEOUT' };
  const { end } = attempt(system);
  expect(await end).toMatchObject({ kind: 'timeout', code: 'JOB_NO_PROGRESS' });
  expect(system.submitted).toHaveLength(3);
  expect(lost).toEqual([undefined, 2, 4]);
});

it('submits again after every preemption', async () => {
  const preempted = (end: () => void): void => {
    start('x');
    interrupt();
    end();
  };
  const done = (end: () => void): void => {
    folder().write('end', { seconds: 1 });
    void publish().then(end);
  };
  const system = new TestSystem([preempted, preempted, preempted, preempted, done]);
  system.ended = { cause: 'preempted', description: 'PREEMPTED' };
  expect(await attempt(system).end).toBeUndefined();
});

it('takes the end of a job that nobody noticed, and joins one that runs', async () => {
  const system = new TestSystem([(end) => setTimeout(end, 60_000).unref()]);
  const stop = new AbortController();
  const first = attempt(system, stop);
  await expect.poll(() => system.submitted.length).toBe(1);
  // Another host.
  const second = attempt(system);
  start('1');
  progress(1, 3);
  await expect.poll(() => second.events).toEqual(['started 1 on n1', 'progress 3']);
  folder().write('end', { failure: { kind: 'error', code: 'X', message: 'x' }, seconds: 3 });
  expect(await Promise.race([first.end, second.end])).toMatchObject({ code: 'X', seconds: 3 });
  expect(system.submitted).toHaveLength(1);
});

it('reports crashes, memory, storage and nodes by their causes', async () => {
  const silent = (end: () => void): void => {
    start('1');
    end();
  };
  const failures = [];
  for (const cause of ['crash', 'memory', 'storage'] as const) {
    const system = new TestSystem([silent]);
    system.ended = { cause, description: 'the reason' };
    failures.push(await attempt(system).end);
  }
  expect(failures).toMatchObject([
    { kind: 'crash', code: 'JOB_LOST', message: 'Test ended the job: the reason.' },
    { kind: 'memory', code: 'STAGE_MEMORY' },
    { kind: 'error', code: 'DISK_FULL' },
  ]);
  const system = new TestSystem([silent]);
  system.ended = { cause: 'node', description: 'Node n1 has no Node.js.' };
  await expect(attempt(system).end).rejects.toThrow(
    new RethinkError('BATCH_NODE', 'Node n1 has no Node.js.'),
  );
});

it('waits for a system that is away, before and after it was reached', async () => {
  const system = new TestSystem([
    (end) => {
      system.isAway = true;
      void sleep(600).then(async () => {
        await publish();
        folder().write('end', { seconds: 1 });
        system.isAway = false;
        end();
      });
    },
  ]);
  system.isAway = true;
  setTimeout(() => (system.isAway = false), 100);
  expect(await attempt(system).end).toBeUndefined();
  expect(system.submitted).toHaveLength(1);
});

it('stops a run that waits for the system', async () => {
  const system = new TestSystem([]);
  system.isAway = true;
  const stop = new AbortController();
  const { end } = attempt(system, stop);
  setTimeout(() => stop.abort(), 50);
  expect(await end).toMatchObject({ kind: 'cancelled' });
});

it('survives files that are torn', () => {
  mkdirSync(join(workspace, 'jobs', key), { recursive: true });
  writeFileSync(join(workspace, 'jobs', key, 'end.json'), '{"seconds":');
  expect(folder().read('end')).toBeUndefined();
  expect(folder().spentSeconds()).toBe(0);
});
