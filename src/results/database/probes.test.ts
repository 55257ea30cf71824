import { expect, it } from 'vitest';
import { probeOf } from './probes';
import type { StageRecord } from './records';

function probe(key: string, from: string, more: Partial<StageRecord> = {}): StageRecord {
  const summary = { measure: 'top-1', value: 0.6, low: 0.5, high: 0.7, images: 400 };
  const common = { label: 'probe', seed: 0, parameters: {}, attempt: 1, status: 'done', summary } as const;
  return { key, kind: 'probe', ...common, inputs: { from }, ...more };
}

it('finds the newest finished probe of the weights that a trial starts from', () => {
  const stages = [
    probe('first', 'weights', { endedAt: '2026-01-01T00:00:00.000Z' }),
    probe('second', 'weights', { endedAt: '2026-01-02T00:00:00.000Z' }),
    probe('failed', 'weights', { endedAt: '2026-01-03T00:00:00.000Z', status: 'failed' }),
    probe('foreign', 'others', { endedAt: '2026-01-04T00:00:00.000Z' }),
    probe('detect', 'weights', { endedAt: '2026-01-05T00:00:00.000Z', kind: 'detect' }),
  ];
  expect(probeOf({ stageKeys: ['weights', 'train'] }, { stages })?.key).toBe('second');
  expect(probeOf({ stageKeys: ['train'] }, { stages })).toBeUndefined();
});
