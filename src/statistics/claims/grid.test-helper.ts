import { createRandom } from '../../contract';
import { combinations, Grid, type Observation } from '../effects/grid';

export const axes = [
  { name: 'init', levels: ['random', 'imagenet'] },
  { name: 'augmentation', levels: ['s1', 's2', 's4'] },
  { name: 'strategy', levels: ['supervised', 'self-training'] },
  { name: 'fraction', levels: ['0.2', '1'] },
];
export type Cell = Readonly<Record<string, string>>;

/** A whole grid of three seeds whose scores are `truth`, with noise of seeds (sd) and of images (sd). */
export function grid(
  truth: (cell: Cell) => number | undefined,
  { seeds = 3, seedSd = 0.3, imageSd = 0.2, random = createRandom('grid') } = {},
): Grid {
  const observations = combinations(axes.map(({ levels }) => levels)).flatMap((levels): Observation[] => {
    const value = truth(Object.fromEntries(axes.map(({ name }, index) => [name, levels[index]!])));
    if (value === undefined) return [];
    const images = imageSd * random.normal();
    const draws = Float64Array.from({ length: 60 }, () => imageSd * random.normal());
    return Array.from({ length: seeds }, (_, seed) => {
      const score = value + images + seedSd * random.normal();
      return { levels, seed, score, resampled: draws.map((draw) => score + draw) };
    });
  });
  return new Grid(axes, observations, () => 'planned');
}

export const base = { where: { augmentation: 's4', strategy: 'supervised', fraction: 1 } };
export const value = { of: { init: 'imagenet' }, minus: { init: 'random' } };
export const gain = { of: { strategy: 'self-training' }, minus: { strategy: 'supervised' } };
