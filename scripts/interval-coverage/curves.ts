import { createRandom, type RandomSource } from '../../src/contract/random';
import { compareCurves } from '../../src/statistics/cost/crossings';
import { type Recipe, RecipeCurve, recipeCurves } from '../../src/statistics/cost/recipe-curve';
import { drawImages } from './made-detectors';
import { COMMON_SPREAD, Held, measured, meanOverSeeds, SEED_SPREAD, trueScore } from './settings';

/** Two recipes at three lengths: the second is behind at little compute and ahead at much. */
const recipes = [
  { id: 'flat', costs: [1, 3, 9], qualities: [-0.2, 0.05, 0.15] },
  { id: 'steep', costs: [1.5, 4.5, 13.5], qualities: [-0.5, 0.1, 0.5] },
];
/** Standard deviation of the logarithm of a cost between seeds. */
const COST_SPREAD = 0.03;

const truths = recipes.map(({ id, costs, qualities }) => exactCurve(id, costs, qualities.map(meanOverSeeds)));

function exactCurve(id: string, costs: readonly number[], scores: readonly number[]): RecipeCurve {
  const exact = (values: readonly number[]) => values.map((value) => Float64Array.of(value));
  return new RecipeCurve(id, costs.map(String), exact(costs.map(Math.log)), exact(scores), 'measured');
}

/** How often intervals of crossings and bands of differences hold the true ones. */
export function coverCurves(benchmarks: number, images: number, seeds: number): string {
  const held = new Held<'crossing' | 'difference' | 'band'>();
  let established = 0;
  for (let n = 0; n < benchmarks; n++) {
    const random = createRandom(`curves ${n} of ${seeds}`);
    const { curves, targets } = drawn(random, images, seeds);
    const { crossing, band, relation } = compareCurves(curves[0]!, curves[1]!);
    const truth = compareCurves(targets[0]!, targets[1]!);
    if (relation === 'crosses') established++;
    if (truth.crossing !== undefined && crossing !== undefined) {
      const { low, high } = crossing.interval;
      held.add('crossing', (low ?? 0) <= truth.crossing.cost && truth.crossing.cost <= (high ?? Infinity));
    }
    const differenceAt = (cost: number) => targets[0]!.at(Math.log(cost)) - targets[1]!.at(Math.log(cost));
    const holds = band.map(({ cost, interval, simultaneous }) => {
      const difference = differenceAt(cost);
      const within = ({ low, high }: typeof interval) => low <= difference && difference <= high;
      return { pointwise: within(interval), together: within(simultaneous) };
    });
    held.add('difference', holds[n % holds.length]!.pointwise);
    held.add(
      'band',
      holds.every(({ together }) => together),
    );
  }
  return (
    `crossing ${held.percent('crossing')}, established in ${((100 * established) / benchmarks).toFixed(0)} %; ` +
    `difference at one cost ${held.percent('difference')}, at all costs at once ${held.percent('band')}`
  );
}

/** With one seed, the target is the curve of these detectors; with several, that of endlessly many seeds. */
function drawn(random: RandomSource, images: number, seeds: number) {
  const sample = drawImages(images, random);
  const common = Array.from({ length: seeds }, () => COMMON_SPREAD * random.normal());
  const own: number[][] = [];
  const made = recipes.map(({ id, costs, qualities }): Recipe => ({
    id,
    points: qualities.map((quality, p) => ({
      id: `${id} ${p}`,
      runs: common.map((shift, seed) => {
        const here = quality + shift + SEED_SPREAD * random.normal();
        const cost = costs[p]! * Math.exp(COST_SPREAD * random.normal());
        if (seeds === 1) own.push([cost, trueScore(here)]);
        return { ...measured(sample, here, seed, random), cost };
      }),
    })),
  }));
  const perRecipe = recipes[0]!.costs.length;
  const targets =
    seeds > 1
      ? truths
      : recipes.map(({ id }, r) => {
          const points = own.slice(r * perRecipe, (r + 1) * perRecipe);
          return exactCurve(id, points.map(([cost]) => cost!), points.map(([, score]) => score!)); // prettier-ignore
        });
  return { curves: recipeCurves(made), targets };
}
