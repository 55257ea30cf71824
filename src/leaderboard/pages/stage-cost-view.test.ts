import { describe, expect, it } from 'vitest';
import { emptyLedger } from '../../core/plan/ledger';
import { detectorSpec } from '../../core/plan/detector-spec';
import { inferenceFlops } from '../../learning/training/network-flops';
import type { StageRecord } from '../../results/database/records';
import { scheduleSpec } from '../../core/plan/schedule';
import { stageCostView } from './stage-cost-view';

const detector = detectorSpec.parse({ backbone: { type: 'plain' }, size: 64, maxLevel: 5, fpnChannels: 16 });
const head = { name: 'labelled', type: 'detection', categories: 3 } as const;
const labelled = { role: 'labelled', datasetDigest: 'a', fraction: 0.5, splitSeed: 0 } as const;

describe('what stages computed', () => {
  it.each([
    ['a role of its own', { ...labelled, role: 'unlabelled', fraction: 1 }, 0.5],
    ['what the labelled fraction leaves', { ...labelled, rest: true }, 0.5],
    ['a rule for the threshold', { ...labelled, rest: true }, { images: { ...labelled, after: 0.4 } }],
  ])('is counted beside what was metered, for labels made of %s', (_, images, scoreThreshold) => {
    const seen = 40;
    const flops = seen * inferenceFlops(detector, head);
    const stage = (key: string, rest: object) =>
      ({ key, label: key, status: 'done', inputs: {}, ...rest }) as unknown as StageRecord;
    const { table } = stageCostView([
      stage('teacher', {
        kind: 'train',
        parameters: {
          detector,
          schedule: scheduleSpec.parse({ steps: 10, batch: 4 }),
          data: [{ selection: labelled, head, share: 1, weight: 1 }],
        },
      }),
      stage('labels', {
        kind: 'pseudo-label',
        inputs: { from: 'teacher' },
        // As read from a database: a detector of its own.
        parameters: {
          detector: structuredClone(detector),
          images,
          head: 'labelled',
          scoreThreshold,
          from: 'from',
        },
        ledger: { ...emptyLedger, flops, imagesSeen: seen },
      }),
    ]);
    expect(table.rows.map(({ cells }) => [cells[0]!.text, cells[2]!.text])).toEqual([
      ['labels', expect.stringMatching(/FLOP \(\+\d+\.\d %\)$/)],
    ]);
  });
});
