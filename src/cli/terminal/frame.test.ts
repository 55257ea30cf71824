import { PassThrough } from 'node:stream';
import colours from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { StageResult } from '../../core/plan/run-events';
import { TerminalListener } from './terminal.listener';
import { testEnvironment, testPlan } from '../../host/execution/plan.test-helper';
import { timeLeft } from '../../host/execution/time-left';
import { renderFrame } from './frame';
import { RunView } from './run-view';
import { formatDuration, formatFigure } from '../../core/text/format';
import { trialName } from '../../core/plan/names';

const plan = testPlan({
  teacher: { behaviour: 'succeed' },
  student: { behaviour: 'succeed', needs: ['teacher'] },
  supervised: { behaviour: 'succeed', needs: ['teacher'] },
  other: { behaviour: 'succeed' },
});
const [teacher, student, supervised, other] = plan.stages as [
  (typeof plan.stages)[0],
  (typeof plan.stages)[0],
  (typeof plan.stages)[0],
  (typeof plan.stages)[0],
];

function result(wallSeconds: number, summary: Record<string, number> = {}): StageResult {
  const measured = {
    flops: 0,
    flopsByPhase: {},
    unknownKernels: {},
    deviceSeconds: 0,
    secondsByPhase: {},
    imagesSeen: 0,
  };
  return {
    outcome: { ledger: measured, imageIds: {}, summary },
    ledger: { ...measured, wallSeconds, peakMemoryBytes: 0, device: '' },
    startedAt: '',
    endedAt: '',
  };
}

/** After 10 s: teacher done in 4 s; student in the middle; other has just begun. */
function middle(): RunView {
  const view = new RunView(plan, [], 2, 0);
  view.start(teacher, { slot: 1 }, 0);
  view.finish(teacher, result(4));
  view.start(student, { slot: 1 }, 4000);
  view.progress(student, { done: 100, total: 600, unit: 'step' }, 5000);
  view.progress(
    student,
    { done: 350, total: 600, unit: 'step', figures: { loss: 0.31234, imagesPerSecond: 681.4 } },
    10_000,
  );
  view.start(other, { slot: 2 }, 10_000);
  return view;
}

const frame = (columns: number, rows = 24, unicode = true): string =>
  renderFrame(middle().snapshot(10_000), { columns, rows, unicode, colors: colours.createColors(false) });

describe('renderFrame', () => {
  it('fits 80 columns', () => {
    expect(frame(80)).toMatchInlineSnapshot(`
      "test          ━━━━━━━━━━━━╸───────────────────         1/4 stages       7s left
      trials        ────────────────────────────────         0/3 trials    10s so far
      1 student     ━━━━━━━━━━━━━━━━━━╸─────────────      350/600 steps       5s left
        random · s1 · student · 100% · seed 0   stage 2 of 2   loss 0.312
      2 other       ································           starting       4s left
        random · s1 · other · 100% · seed 2   stage 1 of 1"
    `);
    for (const line of frame(80).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('fits 120 columns', () => {
    expect(frame(120)).toMatchInlineSnapshot(`
      "test          ━━━━━━━━━━━━━━━━━━━━━━━━━━━━╸───────────────────────────────────────────         1/4 stages       7s left
      trials        ────────────────────────────────────────────────────────────────────────         0/3 trials    10s so far
      1 student     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━──────────────────────────────      350/600 steps       5s left
        random · s1 · student · 100% · seed 0   stage 2 of 2   loss 0.312   images/s 681
      2 other       ········································································           starting       4s left
        random · s1 · other · 100% · seed 2   stage 1 of 1"
    `);
  });

  it('fits a small window, without Unicode', () => {
    expect(frame(60, 5, false)).toMatchInlineSnapshot(`
      "test          ####--------         1/4 stages       7s left
      trials        ------------         0/3 trials    10s so far
      1 student     #######-----      350/600 steps       5s left
      2 other       ............           starting       4s left"
    `);
    expect(frame(60, 4, false).split('\n')).toHaveLength(3);
    expect(frame(60, 4, false)).toContain('and 2 more running');
  });
});

it('names the GPU of a stage, or the node and job of a cluster', () => {
  const view = new RunView(plan, [], 2, 0);
  view.start(teacher, { slot: 1, gpu: 'GPU 0' }, 0);
  view.start(other, { slot: 2, node: 'n2', job: '17' }, 0);
  const text = renderFrame(view.snapshot(0), {
    columns: 100,
    rows: 24,
    unicode: true,
    colors: colours.createColors(false),
  });
  expect(text).toContain('seed 0 and 1 more   on GPU 0   stage 1 of 2');
  expect(text).toContain('seed 2   on n2 (job 17)   stage 1 of 1');
});

describe('RunView', () => {
  it('takes the time left from measured speed', () => {
    const { rows, secondsLeft } = middle().snapshot(10_000);
    // 250 steps in 5 s, 250 to go; `other` takes as long as the teacher.
    expect(rows.map((row) => row.secondsLeft)).toEqual([expect.closeTo(5), 4]);
    // 5 + 4 + 4 (supervised), on two slots.
    expect(secondsLeft).toBeCloseTo(6.5);
  });

  it('knows no time left before anything was measured', () => {
    const view = new RunView(plan, [], 2, 0);
    view.start(teacher, { slot: 1 }, 0);
    expect(view.snapshot(1000).secondsLeft).toBeUndefined();
  });

  it('counts trials: complete, failed, done before', () => {
    const view = new RunView(plan, [teacher.key, student.key], 2, 0);
    expect(view.snapshot(0).trials).toEqual({ done: 1, failed: 0, total: 3 });
    view.start(supervised, { slot: 1 }, 0);
    expect(view.finish(supervised, result(1)).map(({ axes }) => axes.strategy)).toEqual(['supervised']);
    view.start(other, { slot: 1 }, 0);
    view.leave(other, 'failed');
    expect(view.snapshot(0)).toMatchObject({
      trials: { done: 2, failed: 1 },
      stages: { done: 3, failed: 1 },
      share: 1,
    });
  });
});

describe('timeLeft', () => {
  it('is no shorter than the longest chain, nor than the work spread over the slots', () => {
    const stage = (
      key: string,
      seconds: number,
      ...parents: string[]
    ): Parameters<typeof timeLeft>[0][0] => ({ key, seconds, parents });
    expect(timeLeft([stage('a', 5), stage('b', 5, 'a'), stage('c', 2)], 2)).toBe(10);
    expect(timeLeft([stage('a', 5), stage('b', 5), stage('c', 5)], 2)).toBe(7.5);
    expect(timeLeft([], 2)).toBe(0);
  });
});

describe('words', () => {
  it('are short', () => {
    expect([0, 59.6, 65, 3600, 7_620, 273_600].map(formatDuration)).toEqual([
      '0s',
      '1m 00s',
      '1m 05s',
      '1h 00m',
      '2h 07m',
      '3d 4h',
    ]);
    expect([0.31234, 680, 1234.5, 0.0000123, 2.5e9, 0].map(formatFigure)).toEqual([
      '0.312',
      '680',
      '1235',
      '1.2e-5',
      '2.5e+9',
      '0',
    ]);
    expect(
      trialName({
        init: 'random',
        augmentation: 's1',
        strategy: 'supervised',
        fraction: 0.07,
        length: 1,
        seed: 1,
      }),
    ).toBe('random · s1 · supervised · 7% · seed 1');
  });
});

describe('TerminalListener without a terminal', () => {
  function told(mode: 'auto' | 'quiet'): string {
    const stream = new PassThrough() as unknown as NodeJS.WriteStream;
    const listener = new TerminalListener(stream, { mode, environment: { LANG: 'C.UTF-8' } });
    listener.runStarted({ plan, environment: testEnvironment, reused: [teacher.key], slots: 2, command: '' });
    listener.stageStarted({ stage: student, slot: 1, attempt: 1 });
    listener.stageFinished({ stage: student, result: result(65, { AP: 0.3817 }) });
    listener.stageStarted({ stage: other, slot: 1, attempt: 1 });
    listener.stageFailed({
      stage: other,
      failure: {
        kind: 'timeout',
        code: '',
        message: 'it did not end within its 5 s',
        hint: 'raise the time limit',
        logFile: '/logs/x.log',
        startedAt: '',
        endedAt: '',
        seconds: 5,
      },
    });
    listener.runFinished();
    return (stream.read() as Buffer).toString();
  }

  it('writes a line for each thing that happens', () => {
    expect(told('auto')).toMatchInlineSnapshot(`
      "A test: 3 trials, 4 stages, 1 already done, 2 in parallel
      student of random · s1 · student · 100% · seed 0: done in 1m 05s; 1m 05s left
      ✓ 1/3  AP 38.2  random · s1 · student · 100% · seed 0
      ✗ other of random · s1 · other · 100% · seed 2
        timeout: it did not end within its 5 s
        → raise the time limit
        log: /logs/x.log
      "
    `);
  });

  it('tells of failures only when it is to be quiet', () => {
    expect(told('quiet')).toMatchInlineSnapshot(`
      "✗ other of random · s1 · other · 100% · seed 2
        timeout: it did not end within its 5 s
        → raise the time limit
        log: /logs/x.log
      "
    `);
  });
});
