import { createRandom } from '../../src/contract/random';
import { accumulate, summarise, type MatchRecords } from '../../src/evaluation';
import { resample } from '../../src/evaluation/resample';
import { resampleWeights } from '../../src/statistics/bootstrap/image-resamples';
import { jointReplicates, type ScoredRow } from '../../src/statistics/bootstrap/joint-replicates';
import { intervalOf } from '../../src/statistics/bootstrap/intervals';
import { comparePairs } from '../../src/statistics/bootstrap/comparisons';
import { rankIntervals } from '../../src/statistics/bootstrap/ranks';
import { CONFIDENCE, replicatesOf } from '../../src/statistics/bootstrap/replicates';
import { detect, drawImages, trueScores } from './made-detectors';

/**
 * How often the intervals hold what they promise: benchmarks are made up from a seed, with detectors of known quality,
 * and their intervals compared with the AP on endlessly many images and over endlessly many seeds (with one seed: of
 * that one detector). `npm run coverage -- [benchmarks] [images] [seeds,…]`
 */
const [benchmarks = 400, images = 300] = process.argv.slice(2, 4).map(Number);
const seedCounts = (process.argv[4] ?? '1,3,5').split(',').map(Number);
const RESAMPLES = 400;
const SEED_SPREAD = 0.12;
const COMMON_SPREAD = 0.06;
/** Three rows alike, so that ranks are hard to tell. */
const qualities = [0.5, 0.5, 0.5, 0.3, 0];

const scoreOf = (records: MatchRecords): number => summarise(accumulate(records, { areas: [0] })).AP!;
const truth = trueScores(scoreOf);
const sampler = createRandom('seeds of the truth');
const normals = Array.from({ length: 4000 }, () => sampler.normal());
const spread = Math.hypot(SEED_SPREAD, COMMON_SPREAD);
const overSeeds = qualities.map(
  (quality) => normals.reduce((sum, z) => sum + truth(quality + spread * z), 0) / normals.length,
);

for (const seeds of seedCounts) {
  const held = { interval: 0, difference: 0, simultaneous: 0, ranks: 0 };
  const tried = { interval: 0, difference: 0, simultaneous: 0, ranks: 0 };
  const count = (what: keyof typeof held, holds: boolean): void => {
    tried[what]++;
    if (holds) held[what]++;
  };
  let width = 0;
  for (let n = 0; n < benchmarks; n++) {
    const random = createRandom(`benchmark ${n} of ${seeds}`);
    const sample = drawImages(images, random);
    const common = Array.from({ length: seeds }, () => COMMON_SPREAD * random.normal());
    const targets: number[] = [];
    const rows = qualities.map((quality, r): ScoredRow => {
      let target = 0;
      const runs = common.map((shift, seed) => {
        const here = quality + shift + SEED_SPREAD * random.normal();
        target = truth(here);
        const records = detect(sample, here, random);
        const { AP } = resample(records, resampleWeights(records.imageIds), RESAMPLES, [0]);
        return { seed, score: scoreOf(records), resamples: AP };
      });
      targets.push(seeds === 1 ? target : overSeeds[r]!);
      return { id: String(r), runs };
    });
    const joint = jointReplicates(rows);
    joint.rows.forEach((_, r) => {
      const { low, high } = intervalOf(joint.estimates[r]!, replicatesOf(joint, r));
      width += high - low;
      count('interval', low <= targets[r]! && targets[r]! <= high);
    });
    let all = true;
    for (const pair of comparePairs(joint).pairs) {
      const difference = targets[pair.first]! - targets[pair.second]!;
      count('difference', pair.interval.low <= difference && difference <= pair.interval.high);
      all &&= pair.simultaneous.low <= difference && difference <= pair.simultaneous.high;
    }
    count('simultaneous', all);
    const ranks = rankIntervals(joint);
    count(
      'ranks',
      ranks.every(({ low, high }, r) => {
        const better = targets.filter((target) => target > targets[r]! + 1e-12).length;
        const equal = targets.filter((target) => Math.abs(target - targets[r]!) <= 1e-12).length;
        return low <= better + equal && high >= better + 1;
      }),
    );
  }
  const percent = (what: keyof typeof held): string => `${((100 * held[what]) / tried[what]).toFixed(1)} %`;
  console.log(
    `${seeds} seed${seeds > 1 ? 's' : ''}, ${images} images, ${benchmarks} benchmarks of ${qualities.length} rows, ${100 * CONFIDENCE} % intervals: ` +
      `AP ${percent('interval')} (mean width ${((100 * width) / tried.interval).toFixed(2)}), difference ${percent('difference')}, ` +
      `all differences at once ${percent('simultaneous')}, all ranks at once ${percent('ranks')}`,
  );
}
