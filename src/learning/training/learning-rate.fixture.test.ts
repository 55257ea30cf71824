import { describe, expect, it } from 'vitest';
import { fixtureFolder, readFixture } from '../detector/fixtures.test-helper';
import { learningRateAt } from './learning-rate';
import { referenceSchedule, type ReferenceRate } from './reference-schedule.test-helper';

interface Schedules {
  tables: { settings: ReferenceRate & { total_steps: number }; steps: number[]; learningRates: number[] }[];
}

const folder = fixtureFolder('retinanet');

describe.skipIf(folder === undefined)('learning rates of the reference code', () => {
  const tables = folder === undefined ? [] : readFixture<Schedules>(folder, 'schedule').description.tables;

  it.each(tables)('$settings', ({ settings, steps, learningRates }) => {
    const schedule = referenceSchedule(settings, settings.total_steps);
    steps.forEach((step, i) => {
      expect(Math.abs(learningRateAt(schedule, step) - learningRates[i]!)).toBeLessThanOrEqual(1e-7);
    });
  });
});
