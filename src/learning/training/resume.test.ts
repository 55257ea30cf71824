import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostTensor } from '../tensor/host-tensor';
import { loadResumePoint, saveResumePoint, type TrainingProgress } from './resume';

let folder: string;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'resume-'));
  warnings = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message: string, fields?: Record<string, unknown>) => {
    warnings.push(`${message}: ${String(fields?.reason)}`);
  },
};

const state = { w: hostTensor([1, 2.5], [2]), 'w:momentum': hostTensor(Int32Array.of(3), [1]) };
const progress: TrainingProgress = {
  step: 7,
  inferenceRuns: 2,
  firstLoss: 2,
  deviceSeconds: 1.5,
  wallSeconds: 3,
  secondsByPhase: { compute: 1.5 },
  curve: [{ step: 5, loss: 1.25, learningRate: 0.1, imagesPerSecond: 10 }],
  openEntry: { sums: { loss: 2.5 }, steps: 2 },
  checkpoints: [{ step: 4, deviceSeconds: 0.5, wallSeconds: 1 }],
};

describe('a point to resume from', () => {
  it('comes back as it was', async () => {
    await saveResumePoint(folder, 'key', state, progress);
    expect(await loadResumePoint(folder, 'key', logger)).toEqual({ state, progress });
    expect(warnings).toEqual([]);
  });

  it('is not there in the beginning', async () => {
    expect(await loadResumePoint(folder, 'key', logger)).toBeUndefined();
  });

  it('of another stage is put aside, with a warning', async () => {
    await saveResumePoint(folder, 'other', state, progress);
    expect(await loadResumePoint(folder, 'key', logger)).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/restarts.*another stage/)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that was cut off is put aside, with a warning', async () => {
    await saveResumePoint(folder, 'key', state, progress);
    truncateSync(join(folder, readdirSync(folder)[0]!), 100);
    expect(await loadResumePoint(folder, 'key', logger)).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });
});
