import { describe, expect, it } from 'vitest';
import { bareBenchmark } from '../../../test/results/bare-benchmark';
import { createRandom } from '../../contract/random';
import { trialId, type TrialAxes } from '../../core/plan/axes';
import type { PlannedControl } from '../../core/plan/plan';
import { emptyLedger } from '../../core/plan/ledger';
import { resampledScores } from '../../evaluation/summarise';
import type { StageRecord, TrialRecord } from '../../results/database/records';
import { storeResamples } from '../../statistics/bootstrap/stored-resamples';
import { findingsOf } from './findings';
import { rankByFraction } from './fraction-ranking';
import { buildLeaderboard } from './leaderboard';
import { PlainNames } from './plain-names';

interface Cell extends Partial<TrialAxes> {
  readonly AP: number;
  readonly flops: number;
  readonly control?: PlannedControl;
}

/** A row of two seeds around an AP, with resamples that all rows share but for a little. */
function trialsOf({ AP, flops: _, control, ...axes }: Cell): TrialRecord[] {
  return [-0.001, 0.001].map((away, seed) => {
    const all = {
      init: 'random',
      augmentation: 's1',
      strategy: 'supervised',
      fraction: 1,
      length: 1,
      ...axes,
      seed,
    };
    const id = trialId(all);
    const [shared, own] = [createRandom('images'), createRandom(id)];
    const score = AP + away;
    const values = Float64Array.from(
      { length: 200 },
      () => score + 0.01 * shared.normal() + 0.001 * own.normal(),
    );
    const each = <T>(value: T) => Object.fromEntries(resampledScores.map((name) => [name, value]));
    return {
      id,
      axes: all,
      status: 'done',
      stageKeys: [id],
      control,
      metrics: {
        stats: each(score) as never,
        perCategory: {},
        counts: { images: 3 } as never,
        resamples: storeResamples([1, 2, 3], each(values) as never),
      },
    };
  });
}

function modelOf(cells: readonly Cell[]) {
  const trials = cells.map((cell) => ({ cell, own: trialsOf(cell) }));
  const stages = trials.flatMap(({ cell, own }) =>
    own.map(({ id }): StageRecord => ({
      ...{
        key: id,
        label: id,
        kind: 'train',
        seed: 0,
        parameters: {},
        inputs: {},
        status: 'done',
        attempt: 1,
      },
      ledger: { ...emptyLedger, flops: cell.flops, deviceSeconds: cell.flops },
    })),
  );
  return buildLeaderboard(
    bareBenchmark(
      trials.flatMap(({ own }) => own),
      stages,
    ),
  );
}

const control = { of: [{ strategy: 'self-training', length: 1 }] };
const model = modelOf([
  { AP: 0.4, flops: 10 },
  { AP: 0.42, flops: 30, strategy: 'self-training' },
  { AP: 0.5, flops: 30, length: 3, control },
  { AP: 0.2, flops: 10, fraction: 0.2 },
  { AP: 0.15, flops: 12, fraction: 0.2, init: 'imagenet' },
  { AP: 0.2, flops: 30, fraction: 0.2, strategy: 'self-training' },
]);

describe('findings', () => {
  const { strategies, inits, best } = findingsOf(model);

  it('write gains, losses and what cannot be told with intervals, the least labels first', () => {
    expect(strategies[0]).toMatch(
      /^With 20\u202f% of the labels, self-training does not differ significantly from supervised training \([^)]+ AP, −\d\.\d+ to \+\d\.\d+\)\.$/,
    );
    expect(strategies[1]).toMatch(
      /^With 100\u202f% of the labels, self-training adds 2\.0 AP \(\d\.\d to \d\.\d\) to supervised training, but is 8\.0 AP \(\d\.\d to \d\.\d\) below supervised training of the same compute\.$/,
    );
    expect(inits).toEqual([
      expect.stringMatching(
        /training from imagenet weights is 5\.0 AP .* below training from random weights/,
      ),
    ]);
  });

  it('name the best method of each fraction, and the control that is better', () => {
    expect(best[1]).toMatch(
      /the best method is random · self-training: AP 42\.0 .*; random · supervised, 3× as long reaches AP 50\.0/,
    );
    expect(best[0]).toMatch(/^With 20\u202f%.*AP 20\.0 \([\d.]+ to [\d.]+\)\.$/);
  });
});

describe('ranking by fraction', () => {
  const [all, fifth] = rankByFraction(model);

  it('ranks rows among those with the same labels, and so does the front', () => {
    expect(fifth!.fraction).toBe(0.2);
    expect(fifth!.rows.map(({ rank }) => rank)).toEqual([1, 1, 3]);
    expect(all!.rows.map(({ rank }) => rank)).toEqual([1, 2, 3]);
    expect(fifth!.rows[0]).toMatchObject({ axes: { strategy: 'supervised' } });
    expect(fifth!.rows[0]!.fronts).toContain('full-flops');
    expect(fifth!.rows[0]!.onFront['full-flops']).toBe(1);
    // Beside rows with all labels it would be on no front and rank fourth.
    expect(fifth!.rows[2]!.rankInterval).toMatchObject({ low: 3, high: 3 });
    expect(all!.rows[1]!.fronts).not.toContain('full-flops');
  });
});

describe('plain names', () => {
  it('leave out axes with one value, give lengths in words, and say what a plugin is', () => {
    const names = new PlainNames({
      ...model.benchmark,
      plugins: [{ kind: 'init', name: 'imagenet', status: 'ok', description: 'weights of a classifier' }],
    });
    const row = model.rows.find((each) => each.control !== undefined)!;
    expect(names.row(row)).toBe('random · supervised, 3× as long · 100\u202f%');
    const pretrained = model.rows.find(({ axes }) => axes.init === 'imagenet')!;
    expect(names.parts(pretrained)).toEqual([
      { axis: 'init', text: 'imagenet', meaning: 'weights of a classifier' },
      { axis: 'strategy', text: 'supervised', meaning: undefined },
    ]);
  });
});
