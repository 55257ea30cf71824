import { describe, expect, it } from 'vitest';
import { bareBenchmark } from '../../../test/results/bare-benchmark';
import { createRandom } from '../../contract/random';
import { trialId } from '../../core/plan/axes';
import { emptyLedger } from '../../core/plan/ledger';
import type { StageRecord, TrialRecord } from '../../results/database/records';
import { resampledScores } from '../../evaluation/summarise';
import { RESAMPLES } from '../../statistics/bootstrap/replicates';
import { storeResamples } from '../../statistics/bootstrap/stored-resamples';
import { compareRecipes } from './recipe-comparison';

const images = Float64Array.from(
  { length: RESAMPLES },
  (
    (random) => () =>
      0.01 * random.normal()
  )(createRandom('images')),
);

/** Trials of a recipe by length: [cost, AP]; three seeds that differ by some thousandths. */
function recipe(
  strategy: string,
  points: Readonly<Record<number, readonly [cost: number, AP: number]>>,
  kind: 'train' | 'oracle-label' = 'train',
) {
  const random = createRandom(strategy);
  return Object.entries(points).flatMap(([length, [flops, mean]]) =>
    [0, 1, 2].map((seed) => {
      const axes = {
        init: 'random',
        augmentation: 's1',
        strategy,
        fraction: 1,
        length: Number(length),
        seed,
      };
      const AP = mean + 0.002 * random.normal();
      const values = images.map((value) => AP + value);
      const resampled = Object.fromEntries(resampledScores.map((name) => [name, values]));
      const key = `${strategy} ${length} ${seed}`;
      const trial = {
        id: trialId(axes),
        axes,
        status: 'done',
        stageKeys: [key],
        metrics: { stats: { AP }, perCategory: {}, resamples: storeResamples([1, 2], resampled as never) },
      } as unknown as TrialRecord;
      const stage = { key, kind, inputs: {}, status: 'done', ledger: { ...emptyLedger, flops } };
      return { trial, stage: stage as unknown as StageRecord };
    }),
  );
}

function compare(...recipes: ReturnType<typeof recipe>[]) {
  const all = recipes.flat();
  const benchmark = bareBenchmark(
    all.map(({ trial }) => trial),
    all.map(({ stage }) => stage),
  );
  const strategy = ['supervised', 'self-training', 'oracle'];
  return compareRecipes(
    { ...benchmark, resolved: { axes: { strategy } } },
    { metric: 'flops', policy: 'full' },
  );
}

describe('recipes at equal compute', () => {
  const supervised = recipe('supervised', { 1: [1, 0.25], 3: [3, 0.28], 9: [9, 0.29], 30: [30, 0.295] });
  const student = recipe('self-training', { 1: [3, 0.2], 3: [9, 0.3], 9: [27, 0.35] });

  it('cross where the second comes to stay ahead, and gain what the curve of the other leaves', () => {
    const { pairs, recipes } = compare(supervised, student);
    expect(recipes.map(({ points }) => points.map(({ length, seeds }) => [length, seeds]))).toEqual([
      [[1, 3], [3, 3], [9, 3], [30, 3]], // prettier-ignore
      [[1, 3], [3, 3], [9, 3]], // prettier-ignore
    ]);
    expect(pairs).toHaveLength(1);
    const [{ comparison, gains, axis }] = pairs as [(typeof pairs)[number]];
    expect([axis, comparison.relation]).toEqual(['strategy', 'crosses']);
    expect(comparison.crossing!.ahead).toBe('first');
    // .08 behind at 3, .01 ahead at 9, linear in the logarithm of cost.
    expect(comparison.crossing!.cost).toBeCloseTo(3 * 3 ** (0.08 / 0.09), 0);
    const { low, high } = comparison.crossing!.interval;
    expect(low! < comparison.crossing!.cost && comparison.crossing!.cost < high!).toBe(true);
    expect(gains.map((gain) => Math.round(100 * gain!.difference))).toEqual([-8, 1, 6]);
  });

  it('are ranked for each budget; what nobody can attain is compared, but not ranked', () => {
    const oracle = recipe('oracle', { 1: [1, 0.5] }, 'oracle-label');
    const { best, pairs, recipes } = compare(supervised, student, oracle);
    expect(recipes.map(({ isOracle }) => isOracle)).toEqual([false, false, true]);
    expect(pairs).toHaveLength(2);
    const winners = best[0]!.budgets.map(({ recipes: [first] }) => first!.recipe.split(',')[2]);
    expect(winners[0]).toBe('strategy=supervised');
    expect(winners.at(-1)).toBe('strategy=self-training');
    expect(best[0]!.budgets.at(-1)!.recipes[0]!.pBest).toBeGreaterThan(0.99);
  });
});
