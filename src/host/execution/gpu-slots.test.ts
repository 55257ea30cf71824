import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ArtifactStore } from '../../core/artifact/artifact-store';
import { readOutcomeFile } from '../../core/plan/outcome-file';
import { FakeNvidiaSmi } from '../../core/process/nvidia-smi.test-helper';
import type { Gpu } from '../../core/plan/gpu';
import { keyOf, recordEvents, runTest, temporaryFolder, type TestStage } from './plan.test-helper';
import type { RunOptions } from './run-options';

let workspace: string;
let remove: () => void;
beforeEach(() => ({ path: workspace, remove } = temporaryFolder()));
afterEach(() => {
  vi.unstubAllEnvs();
  remove();
});

const { uuid } = FakeNvidiaSmi;
const gpu = (index: number): Gpu => ({ uuid: uuid(index), label: `GPU ${index}`, name: 'NVIDIA T1000' });

function run(stages: Record<string, TestStage>, gpus: readonly Gpu[], options: Partial<RunOptions> = {}) {
  const { listener, lines } = recordEvents();
  const summary = runTest(workspace, stages, { gpus, slots: undefined, listeners: [listener], ...options });
  return summary.then((result) => ({ ...result, lines }));
}

const artifact = (name: string): string => new ArtifactStore(workspace).folder(keyOf(name));

function environmentOf(name: string): Record<string, string> {
  return JSON.parse(readFileSync(join(artifact(name), 'environment.json'), 'utf8')) as Record<string, string>;
}

it('shows each stage its GPU alone, and scores beside them', async () => {
  new FakeNvidiaSmi(workspace, [{}, {}]);
  const { status, lines } = await run(
    {
      one: { behaviour: 'environment' },
      two: { behaviour: 'environment' },
      sum: { behaviour: 'count', needs: ['one'] },
      score: { behaviour: 'score', needs: ['sum'] },
    },
    [gpu(0), gpu(1)],
  );
  expect(status).toBe('done');
  const seen = ['one', 'two'].map((name) => environmentOf(name)['CUDA_VISIBLE_DEVICES']);
  expect(new Set(seen)).toEqual(new Set([uuid(0), uuid(1)]));
  expect(environmentOf('one')).not.toHaveProperty('RETHINK_GPU_SHARED');
  expect(readOutcomeFile(artifact('one')).ledger).toMatchObject({
    device: 'NVIDIA T1000',
    slot: expect.stringMatching(/^(1 \(GPU 0\)|2 \(GPU 1\))$/) as string,
  });
  expect(readOutcomeFile(artifact('score')).ledger).toMatchObject({
    device: 'Test CPU, 1 thread',
    slot: '3',
  });
  expect(lines[0]).toMatch(/, [34] slots$/);
});

it('runs several stages on a GPU if asked, and then says that they share it', async () => {
  const stages = { one: { behaviour: 'environment' }, two: { behaviour: 'environment' } };
  await run(stages, [gpu(0)], { slots: 2 });
  for (const name of Object.keys(stages)) {
    expect(environmentOf(name)).toMatchObject({ CUDA_VISIBLE_DEVICES: uuid(0), RETHINK_GPU_SHARED: '1' });
  }
});

it('hides the GPUs from stages where none is used', async () => {
  await run({ one: { behaviour: 'environment' } }, []);
  expect(environmentOf('one')['CUDA_VISIBLE_DEVICES']).toBe('-1');
});

it('closes the slot of a GPU that is lost, and goes on with the others', async () => {
  new FakeNvidiaSmi(workspace).list([{}, {}], [0]);
  const { failed, finished, status, stopped } = await run(
    {
      hit: { behaviour: 'segfault' },
      slow: { behaviour: 'count', steps: 50, stepMs: 20 },
      next: { behaviour: 'environment' },
      last: { behaviour: 'environment' },
    },
    [gpu(0), gpu(1)],
  );
  expect(status).toBe('failed');
  expect(stopped).toBeUndefined();
  expect(failed.map(({ stage, failure }) => `${stage.label} ${failure.code}: ${failure.message}`)).toEqual([
    'hit GPU_LOST: GPU 0 (NVIDIA T1000) disappeared during the stage: The process was ended by SIGSEGV.',
  ]);
  expect(finished).toHaveLength(3);
  for (const name of ['next', 'last']) expect(environmentOf(name)['CUDA_VISIBLE_DEVICES']).toBe(uuid(1));
});

it('ends the run with the reason when the last GPU is lost; stages without engine still run', async () => {
  new FakeNvidiaSmi(workspace).list([{}], [0]);
  const sum: TestStage = { behaviour: 'count' };
  await run({ sum }, []);
  const { failed, finished, status, stopped } = await run(
    {
      sum,
      first: { behaviour: 'throw' },
      second: { behaviour: 'throw' },
      score: { behaviour: 'score', needs: ['sum'] },
    },
    [gpu(0)],
  );
  expect({ status, code: stopped?.code }).toEqual({ status: 'failed', code: 'GPU_LOST' });
  expect(failed.map(({ stage }) => stage.label)).toEqual(['first']);
  expect(finished).toEqual([keyOf('score')]);
});
