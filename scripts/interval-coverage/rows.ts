import { createRandom } from '../../src/contract/random';
import { jointReplicates, type ScoredRow } from '../../src/statistics/bootstrap/joint-replicates';
import { intervalOf } from '../../src/statistics/bootstrap/intervals';
import { comparePairs } from '../../src/statistics/bootstrap/comparisons';
import { rankIntervals } from '../../src/statistics/bootstrap/ranks';
import { replicatesOf } from '../../src/statistics/bootstrap/replicates';
import { drawImages } from './made-detectors';
import { COMMON_SPREAD, Held, measured, meanOverSeeds, SEED_SPREAD, trueScore } from './settings';

/**
 * How often intervals of AP, of differences and of ranks hold the true ones.
 *
 * @param qualities of the rows; equal ones are hard to rank
 * @param seedsOf number of seeds of each row; with one everywhere the target is these detectors' AP, else that of
 *   endlessly many seeds
 */
export function coverRows(
  benchmarks: number,
  images: number,
  qualities: readonly number[],
  seedsOf: (row: number) => number,
): string {
  const overSeeds = qualities.map(meanOverSeeds);
  const held = new Held<'interval' | 'difference' | 'simultaneous' | 'ranks'>();
  const most = Math.max(...qualities.map((_, r) => seedsOf(r)));
  let width = 0;
  for (let n = 0; n < benchmarks; n++) {
    const random = createRandom(`benchmark ${n} of ${most}`);
    const sample = drawImages(images, random);
    const common = Array.from({ length: most }, () => COMMON_SPREAD * random.normal());
    const targets: number[] = [];
    const rows = qualities.map((quality, r): ScoredRow => {
      let target = 0;
      const runs = common.slice(0, seedsOf(r)).map((shift, seed) => {
        const here = quality + shift + SEED_SPREAD * random.normal();
        target = trueScore(here);
        return measured(sample, here, seed, random);
      });
      targets.push(most === 1 ? target : overSeeds[r]!);
      return { id: String(r), runs };
    });
    const joint = jointReplicates(rows);
    joint.rows.forEach((_, r) => {
      const { low, high } = intervalOf(joint.estimates[r]!, replicatesOf(joint, r));
      width += (high - low) / rows.length / benchmarks;
      held.add('interval', low <= targets[r]! && targets[r]! <= high);
    });
    let all = true;
    for (const pair of comparePairs(joint).pairs) {
      const difference = targets[pair.first]! - targets[pair.second]!;
      held.add('difference', pair.interval.low <= difference && difference <= pair.interval.high);
      all &&= pair.simultaneous.low <= difference && difference <= pair.simultaneous.high;
    }
    held.add('simultaneous', all);
    const ranks = rankIntervals(joint);
    held.add(
      'ranks',
      ranks.every(({ low, high }, r) => {
        const better = targets.filter((target) => target > targets[r]! + 1e-12).length;
        const equal = targets.filter((target) => Math.abs(target - targets[r]!) <= 1e-12).length;
        return low <= better + equal && high >= better + 1;
      }),
    );
  }
  return (
    `AP ${held.percent('interval')} (mean width ${(100 * width).toFixed(2)}), difference ${held.percent('difference')}, ` +
    `all differences at once ${held.percent('simultaneous')}, all ranks at once ${held.percent('ranks')}`
  );
}
