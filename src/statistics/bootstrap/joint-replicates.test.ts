import { describe, expect, test } from 'vitest';
import { createRandom } from '../../contract/random';
import { comparePairs } from './comparisons';
import { percentileInterval, varianceOf } from './intervals';
import { jointReplicates, type ScoredRow } from './joint-replicates';
import { nextSeeds } from './next-seeds';
import { noiseShares } from './noise-shares';
import { frontProbabilities } from './pareto-front';
import { rankIntervals } from './ranks';
import { replicatesOf } from './replicates';
import { seedNoise, weakPrior } from './seed-noise';

const standardDeviation = (values: ArrayLike<number>) => Math.sqrt(varianceOf(values));

const B = 1000;

/** Rows of known noise: of the images (the same for every run), of a run on these images, of a seed in a row. */
function rowsOf(
  scores: readonly number[],
  { seeds = 3, images = 0.01, run = 0.002, seed = 0.005, name = 'a' } = {},
): ScoredRow[] {
  const random = createRandom(name);
  const draw = (sd: number) => Float64Array.from({ length: B }, () => sd * random.normal());
  const shared = draw(images);
  return scores.map((score, r) => ({
    id: `row ${r}`,
    runs: Array.from({ length: seeds }, (_, s) => {
      const mine = draw(run);
      const value = score + seed * random.normal() + run * random.normal();
      return { seed: s, score: value, resamples: shared.map((image, b) => value + image + mine[b]!) };
    }),
  }));
}

describe('joint replicates', () => {
  test('with one seed they are the images’ resamples about the score, and say that seeds are missing', () => {
    const rows = rowsOf([0.4, 0.3], { seeds: 1 });
    const joint = jointReplicates(rows);
    expect(joint.seedNoise).toEqual(['missing', 'missing']);
    expect(standardDeviation(replicatesOf(joint, 0))).toBeCloseTo(
      standardDeviation(rows[0]!.runs[0]!.resamples),
      12,
    );
  });

  test('one row of three seeds without image noise: the t interval', () => {
    const scores = [0.31, 0.3, 0.335];
    const runs = scores.map((score, seed) => ({ seed, score, resamples: new Float64Array(B).fill(score) }));
    const joint = jointReplicates([{ id: 'row', runs }]);
    const { low, high } = percentileInterval(joint.replicates);
    // 4.303: Student's t with two degrees of freedom.
    const halfWidth = 4.303 * Math.sqrt(varianceOf(scores) / 3);
    expect((high - low) / 2 / halfWidth).toBeGreaterThan(0.85);
    expect((high - low) / 2 / halfWidth).toBeLessThan(1.15);
  });

  test('a second seed in a few rows does not make their intervals useless', () => {
    const rows = rowsOf(
      Array.from({ length: 16 }, (_, r) => 0.4 - r / 100),
      { seeds: 2 },
    );
    const few = rows.map((row, r) => (r < 2 ? row : { ...row, runs: row.runs.slice(0, 1) }));
    const widths = [rows.map((row) => ({ ...row, runs: row.runs.slice(0, 1) })), few].map((some) => {
      const { low, high } = percentileInterval(replicatesOf(jointReplicates(some), 0));
      return high - low;
    });
    expect(widths[1]! / widths[0]!).toBeLessThan(2);
    expect(seedNoise([{ seeds: [0, 1], scores: [0.3, 0.32] }])!.rows[0]!.df).toBe(1);
    const prior = weakPrior(0.003 ** 2);
    expect(seedNoise([{ seeds: [0, 1], scores: [0.3, 0.32] }], prior)!.rows[0]!.df).toBe(4);
    expect(weakPrior(0)).toBeUndefined();
  });

  test('a row keeps the replicates of an earlier call, whatever is beside it', () => {
    const rows = rowsOf([0.4, 0.3, 0.2]);
    const alone = jointReplicates(rows.slice(0, 2));
    const beside = jointReplicates([...rows].reverse(), undefined, alone);
    expect([...replicatesOf(beside, 2)]).toEqual([...replicatesOf(alone, 0)]);
    expect([...replicatesOf(jointReplicates(rows), 0)]).not.toEqual([...replicatesOf(alone, 0)]);
  });

  test('the same whatever the order of rows and runs', () => {
    const rows = rowsOf([0.4, 0.3, 0.2]);
    const turned = [...rows].reverse().map(({ id, runs }) => ({ id, runs: [...runs].reverse() }));
    const [a, b] = [jointReplicates(rows), jointReplicates(turned)];
    const away = replicatesOf(a, 0).map((value, at) => value - replicatesOf(b, 2)[at]!);
    expect(Math.max(...away.map(Math.abs))).toBeLessThan(1e-12);
  });

  test('a row of one seed borrows the noise of the others', () => {
    const rows = rowsOf([0.4, 0.3, 0.2], { images: 0 });
    const joint = jointReplicates([{ ...rows[0]!, runs: rows[0]!.runs.slice(0, 1) }, rows[1]!, rows[2]!]);
    expect(joint.seedNoise).toEqual(['borrowed', 'measured', 'measured']);
    const [alone, three] = [0, 1].map((r) => standardDeviation(replicatesOf(joint, r)));
    expect(alone! / three!).toBeGreaterThan(1.2);
  });

  test('runs with another number of resamples are refused', () => {
    const rows = rowsOf([0.4, 0.3]);
    const short = { ...rows[1]!.runs[0]!, resamples: new Float64Array(3) };
    expect(() => jointReplicates([rows[0]!, { id: 'short', runs: [short] }])).toThrow(RangeError);
  });
});

describe('differences', () => {
  test('are paired: what images do to both rows falls out', () => {
    const joint = jointReplicates(rowsOf([0.4, 0.395], { images: 0.05, run: 0.001, seed: 0.001, seeds: 5 }));
    const { interval } = comparePairs(joint).pairs[0]!;
    const single = percentileInterval(replicatesOf(joint, 0));
    expect(interval.high - interval.low).toBeLessThan((single.high - single.low) / 5);
  });

  test('simultaneous intervals hold single ones; corrected p-values are no smaller', () => {
    const { pairs, widening } = comparePairs(jointReplicates(rowsOf([0.4, 0.39, 0.38, 0.2])));
    expect(widening).toBeGreaterThan(1);
    for (const { interval, simultaneous, p, adjustedP } of pairs) {
      expect(simultaneous.low).toBeLessThanOrEqual(interval.low);
      expect(simultaneous.high).toBeGreaterThanOrEqual(interval.high);
      expect(adjustedP).toBeGreaterThanOrEqual(p);
      expect(p).toBeGreaterThan(0);
    }
  });

  test('equal rows: no difference, p of 1', () => {
    const [row] = rowsOf([0.4], { seeds: 1 });
    const joint = jointReplicates([row!, { ...row!, id: 'copy' }]);
    expect(comparePairs(joint).pairs[0]).toMatchObject({ difference: 0, p: 1, adjustedP: 1 });
  });
});

describe('ranks', () => {
  test('rows far apart have a rank each; rows that can’t be told apart share theirs', () => {
    const joint = jointReplicates(rowsOf([0.2, 0.401, 0.4, 0.399]));
    expect(rankIntervals(joint)).toEqual([
      { low: 4, high: 4, group: 2 },
      { low: 1, high: 3, group: 1 },
      { low: 1, high: 3, group: 1 },
      { low: 1, high: 3, group: 1 },
    ]);
  });
});

describe('front', () => {
  test('a row that costs less and scores as well is on it, its rival half of the time', () => {
    const joint = jointReplicates(rowsOf([0.4, 0.4, 0.1], { seeds: 5 }));
    joint.estimates.set([0.4, 0.4, 0.1]);
    const [cheap, dear, poor] = frontProbabilities(joint, [1, 2, 3]);
    expect(cheap).toBe(1);
    expect(dear).toBeGreaterThan(0.02);
    expect(dear).toBeLessThan(0.98);
    expect(poor).toBe(0);
  });
});

describe('noise', () => {
  const many = Array.from({ length: 30 }, () => 0.3);

  test('of images and of seeds is told apart', () => {
    const shares = noiseShares(rowsOf(many, { images: 0.01, run: 0.004, seed: 0.006 }), 5000)!;
    expect(shares.testSet.sd).toBeCloseTo(Math.hypot(0.01, 0.004), 3);
    expect(shares.seed!.sd).toBeGreaterThan(0.0045);
    expect(shares.seed!.sd).toBeLessThan(0.0075);
    expect(shares.seed!.interval.low).toBeLessThan(shares.seed!.sd);
    expect(shares.seed!.interval.high).toBeGreaterThan(shares.seed!.sd);
  });

  test('of seeds is not known with one', () => {
    expect(noiseShares(rowsOf(many, { seeds: 1 }), 5000)!.seed).toBeNull();
  });
});

describe('next seeds', () => {
  const rows = rowsOf([0.4, 0.399, 0.2]);

  test('narrow the top, most for the least device time', () => {
    const { suggestions, contenders } = nextSeeds(rows, {
      top: [0, 1],
      deviceSeconds: (r) => (r === 0 ? 36_000 : 3600),
    })!;
    expect(suggestions.map(({ row, seed }) => ({ row, seed }))).toEqual([
      { row: 'row 1', seed: 3 },
      { row: 'row 0', seed: 3 },
    ]);
    for (const { halfWidth, expected } of suggestions) expect(expected).toBeLessThan(halfWidth);
    expect(contenders).toHaveLength(1);
  });

  test('nothing to settle with one row at the top; nothing known with one seed', () => {
    expect(nextSeeds(rows, { top: [0], deviceSeconds: () => 1 })).toEqual({
      suggestions: [],
      contenders: [],
    });
    expect(
      nextSeeds(rowsOf([0.4, 0.4], { seeds: 1 }), { top: [0, 1], deviceSeconds: () => 1 }),
    ).toBeUndefined();
  });

  test('no number of seeds separates rows that differ by less than the images tell', () => {
    const alike = rowsOf([0.4, 0.4], { seed: 0, run: 0, seeds: 3 });
    const random = createRandom('more');
    const noisy = alike.map(({ id, runs }, r) => {
      const own = Float64Array.from({ length: B }, () => 0.01 * random.normal());
      const scored = runs.map((run) => ({
        ...run,
        score: 0.4 + 0.001 * r,
        resamples: run.resamples.map((value, b) => value + own[b]!),
      }));
      return { id, runs: scored };
    });
    expect(
      nextSeeds(noisy, { top: [0, 1], deviceSeconds: () => 1 })!.contenders[0]!.seedsToSeparate,
    ).toBeNull();
  });
});
