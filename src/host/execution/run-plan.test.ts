import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArtifactStore } from '../../core/artifact/artifact-store';
import { readOutcomeFile } from '../../core/plan/outcome-file';
import { keyOf, recordEvents, runTest, temporaryFolder, type TestStage } from './plan.test-helper';

let workspace: string;
let remove: () => void;
beforeEach(() => ({ path: workspace, remove } = temporaryFolder()));
afterEach(() => remove());

const artifact = (name: string): string => new ArtifactStore(workspace).folder(keyOf(name));

const chain: Record<string, TestStage> = {
  teacher: { behaviour: 'succeed' },
  student: { behaviour: 'succeed', needs: ['teacher'] },
  other: { behaviour: 'succeed' },
};

describe('runPlan', () => {
  it('runs stages after those they need, and leaves whole artifacts with their costs', async () => {
    const { listener, lines } = recordEvents();
    const summary = await runTest(workspace, chain, { slots: 1, listeners: [listener] });
    expect(summary).toMatchObject({ status: 'done', failed: [], blocked: [], reused: [], cancelled: false });
    expect(lines).toEqual([
      'run started, 0 reused, 1 slots',
      'teacher started (1)',
      'teacher finished',
      'student started (1)',
      'student finished',
      'other started (1)',
      'other finished',
      'run finished: 3 done, 0 failed, 0 blocked',
    ]);
    expect(JSON.parse(readFileSync(join(artifact('student'), 'result.json'), 'utf8'))).toEqual({
      inputs: [['teacher', true]],
      threads: 1,
    });
    const { ledger, outcome, stage } = readOutcomeFile(artifact('student'));
    expect(stage).toEqual({ key: keyOf('student'), kind: 'custom', label: 'student', seed: 0 });
    expect(outcome.imageIds).toEqual({ labelled: [1, 2, 3] });
    expect(ledger).toMatchObject({ flops: 12, imagesSeen: 3, device: 'Test CPU, 1 thread' });
    expect(ledger.wallSeconds).toBeGreaterThan(ledger.secondsByPhase['start']!);
    const phases = Object.values(ledger.secondsByPhase).reduce((sum, seconds) => sum + seconds, 0);
    expect(phases).toBeGreaterThanOrEqual(ledger.wallSeconds - 1e-6);
    expect(ledger.peakMemoryBytes).toBeGreaterThan(10e6);
    expect(readdirSync(join(workspace, 'resume'))).toEqual([]);
    expect(readdirSync(join(workspace, 'artifacts', '.drafts'))).toEqual([]);
  });

  it('reuses what is there, and says when nothing is new', async () => {
    await runTest(workspace, { teacher: { behaviour: 'succeed' } });
    const { listener, lines } = recordEvents();
    const second = await runTest(workspace, chain, { listeners: [listener] });
    expect(second.reused).toEqual([keyOf('teacher')]);
    expect(lines).not.toContain('teacher started (1)');
    expect(await runTest(workspace, chain)).toMatchObject({ status: 'unchanged', finished: [] });
  });

  it('makes altered and torn artifacts again', async () => {
    await runTest(workspace, chain);
    writeFileSync(join(artifact('teacher'), 'result.json'), 'altered');
    const summary = await runTest(workspace, chain);
    expect(summary).toMatchObject({ status: 'done', finished: [keyOf('teacher')] });
    expect(summary.quarantined).toMatchObject([{ key: keyOf('teacher') }]);
    const content = readFileSync(join(artifact('teacher'), 'result.json'), 'utf8');
    writeFileSync(join(artifact('teacher'), 'result.json'), content.replace('1', '2'));
    expect((await runTest(workspace, chain)).status).toBe('unchanged');
    expect((await runTest(workspace, chain, { verifyArtifacts: true })).finished).toEqual([keyOf('teacher')]);
  });

  it('stops at Ctrl-C at a point from which the next run goes on', async () => {
    const stop = new AbortController();
    const stages: Record<string, TestStage> = {
      long: { behaviour: 'count', steps: 30, stepMs: 20 },
      after: { behaviour: 'succeed', needs: ['long'] },
    };
    const { listener, lines } = recordEvents();
    const first = await runTest(workspace, stages, {
      signal: stop.signal,
      listeners: [
        listener,
        { stageProgress: ({ progress }) => (progress.done >= 5 ? stop.abort() : undefined) },
      ],
    });
    expect(first).toMatchObject({ status: 'cancelled', failed: [], finished: [], cancelled: true });
    expect(lines).toContain('long failed: cancelled CANCELLED');
    expect(existsSync(join(workspace, 'failures'))).toBe(false);
    expect((await runTest(workspace, stages)).status).toBe('done');
    expect(Number(readFileSync(join(artifact('long'), 'from.json'), 'utf8'))).toBeGreaterThanOrEqual(5);
    expect(Number(readFileSync(join(artifact('long'), 'sum.json'), 'utf8'))).toBe(465);
  });

  it('ends stages at once at the second Ctrl-C, even one that blocks', async () => {
    const kill = new AbortController();
    const summary = await runTest(
      workspace,
      { block: { behaviour: 'block' } },
      {
        graceSeconds: 60,
        killSignal: kill.signal,
        listeners: [{ stageStarted: () => void setTimeout(() => kill.abort(), 300) }],
      },
    );
    expect(summary).toMatchObject({ status: 'cancelled', failed: [] });
  });

  it('ends a run whose listener fails, and throws what it threw', async () => {
    const locked = { stageFinished: () => Promise.reject(new Error('the database is locked')) };
    await expect(runTest(workspace, chain, { slots: 1, listeners: [locked] })).rejects.toThrow(
      'the database is locked',
    );
    // What was finished before the database failed is there.
    expect((await runTest(workspace, chain)).reused).toEqual([keyOf('teacher')]);
  });

  it('passes no secrets on', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
    process.env['TF_SOME_TOKEN'] = 'secret';
    try {
      await runTest(workspace, { environment: { behaviour: 'environment' } });
    } finally {
      delete process.env['AWS_SECRET_ACCESS_KEY'];
      delete process.env['TF_SOME_TOKEN'];
    }
    const text = readFileSync(join(artifact('environment'), 'environment.json'), 'utf8');
    expect(text).not.toContain('secret');
    expect(JSON.parse(text)).toMatchObject({ TF_NUM_INTRAOP_THREADS: '1', PATH: process.env['PATH'] });
  });
});
