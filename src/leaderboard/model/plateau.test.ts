import { describe, expect, it } from 'vitest';
import { createRandom } from '../../contract';
import type { TrialCheckpoint } from '../../results/database/records';
import { lastImprovement, improvementsOf } from './plateau';
import { storeResamples } from '../../statistics/bootstrap/stored-resamples';
import { resampledScores } from '../../evaluation/summarise';

const random = createRandom('plateau');
const common = Float64Array.from({ length: 400 }, () => 0.03 * random.normal());

/** A point whose AP on resampled images is off by what all points share, and a little of its own. */
function point(
  training: string,
  step: number,
  steps: number,
  AP: number,
  imageIds = [1, 2, 3],
): TrialCheckpoint {
  const values = common.map((off) => AP + off + 0.002 * random.normal());
  const stats = Object.fromEntries(resampledScores.map((name) => [name, values])) as never;
  const key = `${training} ${step}`;
  return {
    training,
    step,
    steps,
    detectKey: `detect ${key}`,
    evaluateKey: `evaluate ${key}`,
    stats: { AP } as never,
    resamples: storeResamples(imageIds, stats),
  };
}

describe('the rise at the end of a training', () => {
  it('is paired over images: what two points share is no noise', () => {
    const points = [
      point('teacher', 20, 30, 0.2),
      point('teacher', 30, 30, 0.201),
      point('student', 10, 30, 0.2),
      point('student', 30, 30, 0.25),
      point('student', 20, 30, 0.23),
    ];
    const [teacher, student] = improvementsOf({ checkpoints: points });
    expect(teacher).toMatchObject({ training: 'teacher', fromStep: 20, toStep: 30, verdict: 'flat' });
    expect(student).toMatchObject({ fromStep: 20, verdict: 'rising' });
    expect(student!.estimate).toBeCloseTo(0.02, 12);
    expect(student!.interval!.high - student!.interval!.low).toBeLessThan(0.02);
    expect(lastImprovement({ checkpoints: points, evaluateKey: 'evaluate student 30' })).toEqual(student);
    expect(lastImprovement({ checkpoints: points, evaluateKey: 'another state’s' })).toBeUndefined();
  });

  it('falls too, and is nothing before the end is scored', () => {
    const [fall] = improvementsOf({ checkpoints: [point('t', 20, 30, 0.3), point('t', 30, 30, 0.27)] });
    expect(fall!.verdict).toBe('falling');
    expect(improvementsOf({ checkpoints: [point('t', 10, 30, 0.3), point('t', 20, 30, 0.31)] })).toEqual([]);
    expect(improvementsOf({ checkpoints: [point('t', 30, 30, 0.3)] })).toEqual([]);
    expect(improvementsOf({})).toEqual([]);
  });

  it('has no interval where images were not resampled, or others were', () => {
    const end = point('t', 30, 30, 0.3);
    const { resamples: _, ...bare } = point('t', 20, 30, 0.2);
    expect(improvementsOf({ checkpoints: [bare, end] })).toMatchObject([{ verdict: 'unknown' }]);
    expect(improvementsOf({ checkpoints: [point('t', 20, 30, 0.2, [4, 5]), end] })[0]).not.toHaveProperty(
      'interval',
    );
  });
});
