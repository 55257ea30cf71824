import { describe, expect, test } from 'vitest';
import { bareBenchmark } from '../../../test/results/bare-benchmark';
import { createRandom } from '../../contract/random';
import { emptyLedger } from '../../core/plan/ledger';
import type { StageRecord, TrialRecord } from '../../results/database/records';
import { storeResamples } from '../../statistics/bootstrap/stored-resamples';
import { rankingOf } from './ranking';
import { standingsOf } from './standings';
import { resampledScores } from '../../evaluation/summarise';

const B = 200;
const images = [1, 2, 3];

/** A done trial: its AP, and resamples about it which all trials share but for a little. */
function trialOf(strategy: string, seed: number, AP: number, imageIds = images): TrialRecord {
  const shared = createRandom('images');
  const own = createRandom(`${strategy} ${seed}`);
  const values = Float64Array.from({ length: B }, () => AP + 0.01 * shared.normal() + 0.001 * own.normal());
  const resampled = Object.fromEntries(resampledScores.map((name) => [name, values]));
  const scores = Object.fromEntries(resampledScores.map((name) => [name, AP]));
  return {
    id: `${strategy}-${seed}`,
    axes: { init: 'random', augmentation: 's1', strategy, fraction: 1, length: 1, seed },
    status: 'done',
    stageKeys: [`${strategy}-${seed}`],
    metrics: {
      stats: scores as never,
      perCategory: {},
      counts: { images: 3 } as never,
      resamples: storeResamples(imageIds, resampled as never),
    },
  };
}

const stageOf = ({ stageKeys }: TrialRecord, flops: number): StageRecord => ({
  key: stageKeys[0]!,
  kind: 'train',
  label: stageKeys[0]!,
  seed: 0,
  parameters: {},
  inputs: {},
  status: 'done',
  attempt: 1,
  ledger: { ...emptyLedger, flops, deviceSeconds: 3600 },
});

const benchmarkOf = (trials: TrialRecord[]) =>
  bareBenchmark(
    trials,
    trials.map((trial, index) => stageOf(trial, index + 1)),
  );

const rank = (trials: TrialRecord[]) => rankingOf(benchmarkOf(trials));

const noisy = (strategy: string, AP: number) =>
  [0.002, -0.003, 0.001].map((away, seed) =>
    trialOf(strategy, seed, AP + away * (strategy === 'b' ? -1 : 1)),
  );

describe('rankingOf', () => {
  const ranking = rank([...noisy('worst', 0.1), ...noisy('a', 0.4), ...noisy('b', 0.401)]);

  test('best first, with ranks, groups and seeds', () => {
    expect(
      ranking.rows.map(({ axes, rank: { low, high }, group }) => [axes.strategy, low, high, group]),
    ).toEqual([
      ['b', 1, 2, 1],
      ['a', 1, 2, 1],
      ['worst', 3, 3, 2],
    ]);
    expect(ranking.rows[1]!.seeds.map(({ AP }) => AP)).toEqual([0.402, 0.397, 0.401]);
  });

  test('how far behind the best, whatever the order of the pair', () => {
    const [best, second, worst] = ranking.rows;
    expect(best!.behind).toBeUndefined();
    expect(second!.behind!.interval.low).toBeLessThan(0);
    expect(worst!.behind!.difference).toBeCloseTo(best!.AP - worst!.AP, 12);
    expect(worst!.behind!.interval.low).toBeGreaterThan(0);
    expect(worst!.behind!.p).toBeLessThan(0.05);
  });

  test('the noise, and which seed to add', () => {
    expect(ranking.noise!.testSet.sd).toBeCloseTo(0.01, 2);
    expect(ranking.next!.suggestions.map(({ seed, deviceHours }) => [seed, deviceHours])).toEqual([
      [3, 1],
      [3, 1],
    ]);
  });

  test('a front that a row is on for certain, being the cheapest', () => {
    expect(ranking.rows.find(({ axes }) => axes.strategy === 'worst')!.onFront['full-flops']).toBe(1);
  });

  test('one seed: no noise of seeds, no suggestion with a figure', () => {
    const single = rank([trialOf('a', 0, 0.4), trialOf('b', 0, 0.3)]);
    expect(single.noise!.seed).toBeNull();
    expect(single.next).toBeUndefined();
    expect(single.rows.map(({ seedNoise }) => seedNoise)).toEqual(['missing', 'missing']);
  });

  test('trials without resamples, or on other images, are left out by name', () => {
    const bare = { ...trialOf('bare', 0, 0.9), metrics: { stats: { AP: 0.9 } } as never };
    const { rows, leftOut } = rank([
      bare,
      trialOf('else', 0, 0.8, [7]),
      trialOf('a', 0, 0.4),
      trialOf('b', 0, 0.3),
    ]);
    expect(rows.map(({ axes }) => axes.strategy)).toEqual(['a', 'b']);
    expect(leftOut.map(({ id }) => id).sort()).toEqual(['bare-0', 'else-0']);
  });

  test('nothing done: nothing to rank', () => {
    expect(rank([]).rows).toEqual([]);
  });
});

describe('standingsOf', () => {
  const bare = { ...trialOf('bare', 0, 0.9), metrics: { stats: { AP: 0.9 } } as never };
  const unscored = { ...trialOf('a', 3, 0.4), metrics: { stats: { AP: null } } as never };
  const planned: TrialRecord = { ...trialOf('b', 3, 0.4), status: 'planned', metrics: undefined };

  test.each([
    ['several seeds', [...noisy('worst', 0.1), ...noisy('a', 0.4), ...noisy('b', 0.401)]],
    ['one seed', [trialOf('a', 0, 0.4), trialOf('b', 0, 0.3)]],
    [
      'equal scores',
      [trialOf('dear', 0, 0.2), trialOf('a', 1, 0.4), trialOf('b', 0, 0.4), trialOf('c', 0, 0.2)],
    ],
    ['a seed that is not scored', [...noisy('a', 0.4), unscored, ...noisy('b', 0.3), planned]],
    ['rows without resamples, or on other images', [bare, trialOf('else', 0, 0.8, [7]), ...noisy('a', 0.4)]],
    ['nothing done', []],
  ])('are those of the ranking: %s', (_, trials) => {
    // What comes last is the cheapest.
    const stages = trials.map((trial, index) => stageOf(trial, trials.length - index));
    const benchmark = { ...benchmarkOf(trials), stages };
    const { confidence, rows } = rankingOf(benchmark);
    const standings = standingsOf(benchmark);
    expect(standings.confidence).toBe(confidence);
    expect(standings.rows).toEqual(rows.map(({ onFront: _front, behind: _behind, ...row }) => row));
  });
});
