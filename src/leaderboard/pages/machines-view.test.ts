import { expect, it } from 'vitest';
import type { BenchmarkResults, StageRecord } from '../../results/database/records';
import { emptyLedger } from '../../core/plan/ledger';
import { testEnvironment } from '../../host/execution/plan.test-helper';
import { machinesView } from './machines-view';

it('lists the work of each slot with its GPU', () => {
  const stage = (slot: string | undefined, deviceSeconds: number) =>
    ({
      key: `${slot}${deviceSeconds}`,
      environmentId: 'here',
      ledger: { ...emptyLedger, device: 'NVIDIA T1000', deviceSeconds, slot },
    }) as StageRecord;
  const benchmark = {
    name: 'b',
    title: 'B',
    stages: [stage('2 (GPU 1)', 5), stage('1 (GPU 0)', 1), stage('2 (GPU 1)', 7), stage(undefined, 9)],
    trials: [],
    environments: { here: { ...testEnvironment, gpu: '2 × NVIDIA T1000' } },
  } as unknown as BenchmarkResults;
  const [machine] = machinesView([benchmark]).machines;
  expect(machine).toMatchObject({ name: '2 × NVIDIA T1000', stages: '4' });
  const rows = machine!.slots!.rows.map(({ cells }) => cells.map((cell) => (cell as { text: string }).text));
  expect(rows.map((cells) => cells.slice(0, 4))).toEqual([
    ['1 (GPU 0)', 'NVIDIA T1000', '1', '1.00 s'],
    ['2 (GPU 1)', 'NVIDIA T1000', '2', '12.0 s'],
  ]);
});
