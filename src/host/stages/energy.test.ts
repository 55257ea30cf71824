import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EnergyMeter } from './energy';
import { temporaryFolder } from '../execution/plan.test-helper';

let folder: string;
let remove: () => void;
beforeEach(() => ({ path: folder, remove } = temporaryFolder()));
afterEach(() => remove());

function machine(counters: readonly number[], busyTicks: number): void {
  for (const [index, value] of counters.entries()) {
    const zone = join(folder, `intel-rapl:${index}`);
    mkdirSync(join(zone, `intel-rapl:${index}:0`), { recursive: true });
    writeFileSync(join(zone, 'energy_uj'), `${value}\n`);
    writeFileSync(join(zone, 'max_energy_range_uj'), '1000000000\n');
  }
  // user nice system idle iowait irq softirq
  writeFileSync(join(folder, 'stat'), `cpu  ${busyTicks} 0 0 99999 0 0 0 0 0 0\ncpu0 0\n`);
}

it('charges the share of the busy time that was its own, over all packages and past the end of a counter', () => {
  machine([900_000_000, 0], 1000);
  let own = 10;
  const meter = new EnergyMeter(folder, join(folder, 'stat'), () => own);
  machine([950_000_000, 30_000_000], 1400);
  meter.sample();
  machine([50_000_000, 50_000_000], 1800);
  own = 12;
  // 150 J + 50 J; 2 s of the machine's 8 busy seconds.
  expect(meter.stop()).toEqual({ joules: 50, method: 'RAPL packages, share of busy CPU time' });
});

it('has no figure where there is no counter', () => {
  expect(new EnergyMeter(join(folder, 'nothing')).stop()).toBeUndefined();
});
