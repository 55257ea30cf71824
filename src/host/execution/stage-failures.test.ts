import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ArtifactStore } from '../../core/artifact/artifact-store';
import { readOutcomeFile } from '../../core/plan/outcome-file';
import type { StageFailure } from '../../core/plan/failure';
import { identify } from '../../core/process/process-tree';
import type { RunSummary } from './run-plan';
import { keyOf, recordEvents, runTest, temporaryFolder, type TestStage } from './plan.test-helper';

let workspace: string;
let remove: () => void;

const mebibyte = 2 ** 20;
const limited = { timeLimitSeconds: 2 };

/** What each stage does → the failure that is kept of it. */
const wrongs: Record<string, { stage?: Partial<TestStage>; failure: Partial<StageFailure> }> = {
  throw: { failure: { kind: 'error', code: 'STAGE_THREW', message: 'Error: the plugin is at a loss' } },
  refuse: {
    failure: { kind: 'error', code: 'BAD_THING', message: 'a.json › x[1]: a bad thing', hint: 'fix it' },
  },
  diverge: { failure: { kind: 'diverged', code: 'DIVERGED', message: 'the loss is NaN at step 7' } },
  hang: { stage: limited, failure: { kind: 'timeout', code: 'STAGE_TIMEOUT' } },
  block: { stage: limited, failure: { kind: 'timeout', code: 'STAGE_TIMEOUT' } },
  exit: { failure: { kind: 'crash', code: 'STAGE_EXITED' } },
  segfault: {
    failure: { kind: 'crash', code: 'STAGE_KILLED', message: 'The process was ended by SIGSEGV.' },
  },
  'eat-memory': { failure: { kind: 'memory', code: 'STAGE_MEMORY' } },
  'write-much': { failure: { kind: 'error', code: 'STAGE_DISK' } },
  reject: { failure: { kind: 'error', message: 'Error: nobody caught me' } },
  'throw-later': { failure: { kind: 'error', message: 'Error: thrown from a timer' } },
  nothing: { failure: { kind: 'error', code: 'STAGE_OUTCOME' } },
  link: { failure: { kind: 'error', code: 'ARTIFACT_ODD_FILE' } },
  fork: { stage: limited, failure: { kind: 'timeout', code: 'STAGE_TIMEOUT' } },
};

describe('stages that go wrong in one run', () => {
  let summary: RunSummary;
  beforeAll(async () => {
    ({ path: workspace, remove } = temporaryFolder());
    const stages: Record<string, TestStage> = { other: { behaviour: 'succeed' } };
    for (const [behaviour, { stage }] of Object.entries(wrongs)) {
      stages[behaviour] = { behaviour, ...stage };
      stages[`after ${behaviour}`] = { behaviour: 'succeed', needs: [behaviour] };
    }
    stages['last'] = { behaviour: 'succeed', needs: ['other'] };
    summary = await runTest(workspace, stages, {
      slots: 4,
      crashRetries: 0,
      graceSeconds: 0.5,
      memoryLimitBytes: 400 * mebibyte,
      diskLimitBytes: 32 * mebibyte,
    });
  });
  afterAll(() => remove());

  const log = (name: string): string => readFileSync(join(workspace, 'logs', `${keyOf(name)}.log`), 'utf8');
  const resume = (name: string): string => join(workspace, 'resume', keyOf(name));

  it('take those that need them with them, and no others', () => {
    expect(summary.status).toBe('failed');
    expect(summary.finished).toEqual(['other', 'last'].map(keyOf));
    expect(summary.blocked.map(({ stage, because }) => [stage.label, because.label]).toSorted()).toEqual(
      Object.keys(wrongs)
        .map((name) => [`after ${name}`, name])
        .toSorted(),
    );
  });

  it('are never taken for finished, are kept as data, and leave nothing half done', () => {
    const names = Object.keys(wrongs);
    expect(new ArtifactStore(workspace).keys()).toEqual(['other', 'last'].map(keyOf).toSorted());
    expect(readdirSync(join(workspace, 'failures'))).toEqual(
      names.map((name) => `${keyOf(name)}.json`).toSorted(),
    );
    expect(readdirSync(join(workspace, 'artifacts', '.drafts'))).toEqual([]);
    expect(readdirSync(join(workspace, 'run', 'children'))).toEqual([]);
  });

  it.each(Object.entries(wrongs))('%s', (name, { failure }) => {
    const found = summary.failed.find(({ stage }) => stage.label === name);
    expect(found?.failure).toMatchObject({
      ...failure,
      logFile: join(workspace, 'logs', `${keyOf(name)}.log`),
    });
  });

  it('leave their stories in their logs', () => {
    expect(log('throw')).toContain('runners.test-helper.ts');
    expect(log('hang')).toContain('"msg":"hanging"');
    expect(log('exit')).toContain('"code":"STAGE_EXITED"');
  });

  it('hear SIGTERM before SIGKILL', () => {
    expect(existsSync(join(resume('hang'), 'heard-sigterm'))).toBe(true);
  });

  it('do not go on from where they diverged', () => {
    expect(existsSync(resume('diverge'))).toBe(false);
  });

  it('take their children along, those too that left the process group', async () => {
    const pids = readFileSync(join(resume('fork'), 'pids'), 'utf8')
      .trim()
      .split('\n');
    expect(pids).toHaveLength(2);
    await expect
      .poll(() => pids.map((pid) => identify(Number(pid))), { timeout: 10_000 })
      .toEqual([undefined, undefined]);
  });
});

describe('a stage that went wrong', () => {
  beforeEach(() => ({ path: workspace, remove } = temporaryFolder()));
  afterEach(() => remove());

  it('is run again by the next run, unless that is not wanted', async () => {
    const stages: Record<string, TestStage> = {
      bad: { behaviour: 'throw' },
      needy: { behaviour: 'succeed', needs: ['bad'] },
    };
    await runTest(workspace, stages);
    const { listener, lines } = recordEvents();
    const left = await runTest(workspace, stages, { retryFailed: false, listeners: [listener] });
    expect(left).toMatchObject({ status: 'failed', failed: [{ failure: { code: 'STAGE_THREW' } }] });
    expect(lines).toEqual([
      'run started, 0 reused, 2 slots',
      'bad failed: error STAGE_THREW',
      'needy blocked by bad',
      'run finished: 0 done, 1 failed, 1 blocked',
    ]);
    // The cause was fixed: same key, another behaviour.
    const fixed = await runTest(workspace, { ...stages, bad: { behaviour: 'succeed' } });
    expect(fixed.status).toBe('done');
    expect(readdirSync(join(workspace, 'failures'))).toEqual([]);
  });

  it('adds up what failed attempts took, whatever somebody does to the clock meanwhile', async () => {
    const seconds = () =>
      (
        JSON.parse(readFileSync(join(workspace, 'failures', `${keyOf('bad')}.json`), 'utf8')) as {
          failure: { seconds: number };
        }
      ).failure.seconds;
    const stages: Record<string, TestStage> = { bad: { behaviour: 'throw' } };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      const jump = { stageStarted: () => void vi.setSystemTime(Date.now() + 86_400_000) };
      await runTest(workspace, stages, { listeners: [jump] });
      const first = seconds();
      expect(first).toBeGreaterThan(0.05);
      expect(first).toBeLessThan(3600);
      const back = { stageStarted: () => void vi.setSystemTime(Date.now() - 5 * 86_400_000) };
      await runTest(workspace, stages, { listeners: [back] });
      expect(seconds()).toBeGreaterThan(first + 0.05);
      expect(seconds()).toBeLessThan(3600);
      // The stage goes well at last: its ledger has all that was lost, and no more.
      await runTest(workspace, { bad: { behaviour: 'succeed' } });
    } finally {
      vi.useRealTimers();
    }
    const { ledger } = readOutcomeFile(new ArtifactStore(workspace).folder(keyOf('bad')));
    expect(ledger.lostSeconds).toBeGreaterThan(0.1);
    expect(ledger.lostSeconds).toBeLessThan(3600);
  });

  it('is run again within the run when its process crashed', async () => {
    const { listener, lines } = recordEvents();
    const summary = await runTest(
      workspace,
      { once: { behaviour: 'segfault-once' } },
      { listeners: [listener] },
    );
    expect(summary.status).toBe('done');
    expect(lines.slice(1, -1)).toEqual(['once started (1)', 'once started (2)', 'once finished']);
    // What the attempt that crashed took stands beside what the good one took.
    const { ledger } = readOutcomeFile(new ArtifactStore(workspace).folder(keyOf('once')));
    expect(ledger.lostSeconds).toBeGreaterThan(0.05);
  });

  it('keeps little of what a talkative stage prints, and its end', async () => {
    await runTest(workspace, { bad: { behaviour: 'chatter' } });
    const file = join(workspace, 'logs', `${keyOf('bad')}.log`);
    expect(statSync(file).size).toBeLessThan(6 << 20);
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
    expect(lines.some(({ msg }) => msg.startsWith('line 0 xxx'))).toBe(true);
    expect(lines.map(({ msg }) => msg)).toContain('the end of it');
    expect(lines.at(-1)?.msg).toBe('done');
  });
});
