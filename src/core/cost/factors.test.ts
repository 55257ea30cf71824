import { describe, expect, it } from 'vitest';
import { costOf } from './cost';
import { costFactorsSpec, defaultFactors, mergeFactors } from './factors';
import { emptyLedger } from '../plan/ledger';

const hour = (device: string, energyJ = 3.6e6) => ({
  ...emptyLedger,
  flops: 1,
  deviceSeconds: 3600,
  device,
  energy: { joules: energyJ, method: 'counter' },
});

describe('factors of money and carbon', () => {
  it('price a device by its name, the first pattern that fits', () => {
    const price = (device: string) => costOf(hour(device), defaultFactors).money;
    expect(price('NVIDIA H100 80GB HBM3')).toBe(4.916);
    expect(price('Some CPU @ 2.80GHz, 1 thread')).toBe(0.0425);
    expect(price('An unheard-of device')).toBeNull();
    expect(costOf(hour('x'), defaultFactors).carbonG).toBe(475);
  });

  it('come from the nearest source that states them, prices together', () => {
    const file = costFactorsSpec.parse({ perDeviceHour: 2, currency: 'EUR' });
    const owner = costFactorsSpec.parse({
      perKilowattHour: 0.3,
      gramsCO2ePerKilowattHour: 56,
      source: 'France, 2023',
    });
    const factors = mergeFactors({ spec: file, from: 'the file' }, { spec: owner, from: 'the owner' });
    expect(factors).toMatchObject({ currency: 'EUR', moneySource: 'the file', carbonSource: 'France, 2023' });
    expect(costOf(hour('x'), factors)).toMatchObject({ money: 2, carbonG: 56 });
    // Electricity alone is a price too; where joules are not known, neither is it.
    const electricity = mergeFactors({ spec: owner, from: '' });
    expect(costOf(hour('x'), electricity).money).toBeCloseTo(0.3, 12);
    const { energy: _, ...unmetered } = hour('x');
    expect(costOf(unmetered, electricity)).toMatchObject({ money: null, carbonG: null });
  });

  it('are read strictly', () => {
    expect(costFactorsSpec.safeParse({ perDeviceHour: -1 }).success).toBe(false);
    expect(costFactorsSpec.safeParse({ currency: 'euros' }).success).toBe(false);
    expect(costFactorsSpec.safeParse({ perHour: 1 }).success).toBe(false);
  });
});
