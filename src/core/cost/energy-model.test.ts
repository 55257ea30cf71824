import { expect, it } from 'vitest';
import { estimateCpuEnergy, sumEnergy, withEarlierAttempts } from './energy-model';

it('estimates busy cores and memory, at the power that is known of the processor', () => {
  const used = { cpuSeconds: 100, memoryBytes: 2e9, wallSeconds: 50 };
  const unknown = estimateCpuEnergy({ ...used, cpu: 'A processor' });
  expect(unknown.joules).toBeCloseTo(12 * 100 + 0.3725 * 2 * 50, 9);
  expect(unknown).toMatchObject({ estimated: true });
  const known = estimateCpuEnergy({ ...used, cpu: 'AMD EPYC 7742 64-Core Processor' });
  expect(known.joules).toBeCloseTo((225 / 64) * 100 + 37.25, 9);
  expect(known.method).toMatch(/3\.52 W a busy core \(design power by core\)/);
});

it('adds what is known, and nothing to what is not', () => {
  const [counted, guessed] = [
    { joules: 3, method: 'RAPL' },
    { joules: 4, method: 'model', estimated: true },
  ];
  expect(sumEnergy([counted, guessed])).toEqual({ joules: 7, method: 'RAPL + model', estimated: true });
  expect(sumEnergy([counted, counted])).toEqual({ joules: 6, method: 'RAPL + RAPL' });
  expect(sumEnergy([counted, undefined])).toBeUndefined();
  expect(sumEnergy([])).toBeUndefined();
});

it('stretches the last attempt over the earlier ones, and says so', () => {
  const energy = { joules: 10, method: 'RAPL' };
  expect(withEarlierAttempts(energy, 5, 0)).toBe(energy);
  expect(withEarlierAttempts(energy, 5, 15)).toMatchObject({ joules: 40, estimated: true });
});
