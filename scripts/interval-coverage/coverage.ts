import { CONFIDENCE } from '../../src/statistics/bootstrap/replicates';
import { coverCurves } from './curves';
import { coverRows } from './rows';

/**
 * How often the intervals hold what they promise: benchmarks are made up from a seed, with detectors of known quality,
 * and their intervals compared with the AP on endlessly many images and over endlessly many seeds.
 * `npm run coverage -- [benchmarks] [images] [seeds,…] [rows|few|curves,…]`
 */
const [benchmarks = 400, images = 300] = process.argv.slice(2, 4).map(Number);
const seedCounts = (process.argv[4] ?? '1,2,3,5').split(',').map(Number);
const parts = (process.argv[5] ?? 'rows,few,curves').split(',');
const five = [0.5, 0.5, 0.5, 0.3, 0];
const sixteen = Array.from({ length: 16 }, (_, r) => 0.6 - 0.08 * r);

console.log(
  `${100 * CONFIDENCE} % intervals, ${images} images, ${benchmarks} benchmarks (how many were tried):`,
);
for (const seeds of seedCounts) {
  const label = `${seeds} seed${seeds > 1 ? 's' : ''}`;
  if (parts.includes('rows'))
    console.log(`${label}, 5 rows: ${coverRows(benchmarks, images, five, () => seeds)}`);
  if (parts.includes('few') && seeds > 1) {
    const few = coverRows(Math.ceil(benchmarks / 3), images, sixteen, (r) => (r < 2 ? seeds : 1));
    console.log(`${label} in 2 of 16 rows, 1 in the others: ${few}`);
  }
  if (parts.includes('curves')) console.log(`${label}, 2 curves: ${coverCurves(benchmarks, images, seeds)}`);
}
