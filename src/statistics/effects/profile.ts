import { type Axis, combinations, controlLevel, type Grid, type Levels } from './grid';
import {
  commonSeeds,
  type MeasuredContrast,
  measureContrast,
  priorOf,
  type Terms,
  withNoise,
} from './contrast';
import { halfWidth } from './noise';
import { CONFIDENCE } from '../bootstrap/replicates';

/** Mean AP of a pair of levels, in percent. */
export interface ProfilePoint {
  readonly x: string;
  readonly line: string;
  readonly mean: number;
  /** Of this mean alone; undefined where nothing is known of the noise. */
  readonly interval: readonly [low: number, high: number] | undefined;
}

/** Scores by the levels of two axes, all over the same contexts of the others, so that their differences are effects. */
export interface Profile {
  readonly x: Axis;
  readonly line: Axis;
  readonly points: readonly ProfilePoint[];
  /** The contexts that the means are over. */
  readonly contexts: readonly Levels[];
  readonly seeds: readonly number[];
}

/**
 * What an interaction plot shows. It is over the contexts in which every pair of levels has a score of a common seed;
 * where there is none, over the one context that has most of them, without the others.
 *
 * @returns undefined where no pair of levels has a score
 */
export function profileOf(grid: Grid, xName: string, lineName: string): Profile | undefined {
  const x = scoredLevels(grid, xName);
  const line = withControls(grid, scoredLevels(grid, lineName));
  const others = grid.axes.filter(({ name }) => name !== xName && name !== lineName);
  const pairs = combinations([x.levels, line.levels]) as [string, string][];
  const contexts = combinations(others.map(({ levels }) => levels)).map((levels): Levels =>
    Object.fromEntries(others.map(({ name }, index) => [name, levels[index]!])),
  );
  const cell = (context: Levels, [xLevel, lineLevel]: readonly [string, string]) =>
    grid.resolve(
      grid.axes.map((axis) =>
        axis.name === xName ? xLevel : axis.name === lineName ? lineLevel : context[axis.name]!,
      ),
    );
  const scored = (context: Levels) => pairs.filter((pair) => grid.cell(cell(context, pair)) !== undefined);
  const seedsOf = (list: readonly Levels[], among: readonly (readonly [string, string])[]) =>
    commonSeeds(
      grid,
      list.flatMap((context) => among.map((pair) => ({ levels: cell(context, pair), weight: 1 }))),
    );
  const whole = contexts.filter((context) => scored(context).length === pairs.length);
  const most = [...contexts].sort((a, b) => scored(b).length - scored(a).length).slice(0, 1);
  const used = whole.length > 0 && seedsOf(whole, pairs).length > 0 ? whole : most;
  const shown = used === whole ? pairs : scored(used[0]!);
  const seeds = shown.length === 0 ? [] : seedsOf(used, shown);
  if (seeds.length === 0) return undefined;
  const measured = shown.map((pair): MeasuredContrast => {
    const terms: Terms = used.map((context) => ({ levels: cell(context, pair), weight: 1 / used.length }));
    return measureContrast(grid, terms, seeds);
  });
  const prior = priorOf(measured);
  const points = shown.map(([xLevel, lineLevel], index): ProfilePoint => {
    const { estimate, noise } = withNoise(measured[index]!, prior);
    const half = noise === undefined ? undefined : halfWidth(noise, CONFIDENCE);
    return {
      x: xLevel,
      line: lineLevel,
      mean: estimate,
      interval:
        half === undefined ? undefined : [Math.max(0, estimate - half), Math.min(100, estimate + half)],
    };
  });
  return { x, line, points, contexts: used, seeds };
}

/** Strategies are shown beside their controls. */
function withControls(grid: Grid, { name, levels }: Axis): Axis {
  const controls = name === 'strategy' ? grid.controlled.filter((level) => levels.includes(level)) : [];
  return { name, levels: [...levels, ...controls.map(controlLevel)] };
}

/** An axis without the levels that have no score at all. */
function scoredLevels(grid: Grid, axisName: string): Axis {
  const at = grid.axes.findIndex(({ name }) => name === axisName);
  const cells = combinations(grid.axes.map(({ levels }) => levels));
  const scored = new Set(cells.filter((cell) => grid.cell(cell) !== undefined).map((cell) => cell[at]!));
  return { name: axisName, levels: grid.axes[at]!.levels.filter((level) => scored.has(level)) };
}
