import { type Axis, combinations, controlLevel, type Grid, type Levels, type MissingCell } from './grid';
import {
  commonSeeds,
  type Estimate,
  type MeasuredContrast,
  measureContrast,
  type Terms,
  priorOf,
  withNoise,
} from './contrast';
import { halfWidth, simultaneousConfidence, simultaneousP, standardError, upperTail } from './noise';
import { CONFIDENCE } from '../bootstrap/replicates';

/** A step along one axis: from its reference level to another, or from a strategy's control to the strategy. */
export interface EffectStep {
  readonly axis: string;
  readonly level: string;
  readonly against: string;
}

/** A context (a level of each other axis) in which an effect could be seen. */
export interface MatchedSet {
  readonly context: Levels;
  /** Cells without a score: the set is not used. Empty for a set that is. */
  readonly missing: readonly MissingCell[];
}

interface EffectName {
  /** The axes that it is an effect of: `init`, or `init × fraction`. Intervals are simultaneous within a family. */
  readonly family: string;
  /** One step: a main effect. Two: by how much the first step gains when the second is taken. */
  readonly steps: readonly EffectStep[];
}

export interface IdentifiedEffect extends EffectName {
  readonly status: 'estimated';
  /** Mean over the sets used, in the unit of the scores. */
  readonly estimate: number;
  readonly standardError: number | undefined;
  /** Simultaneous within the family; undefined where nothing is known of the noise. */
  readonly interval: readonly [low: number, high: number] | undefined;
  /** Two-sided, against no effect, corrected within the family. */
  readonly p: number | undefined;
  readonly noise: Estimate['noise'];
  /** Standard error by the images alone; undefined where their noise is unknown and not in the interval. */
  readonly imageSe: number | undefined;
  readonly seedNoise: Estimate['seedNoise'];
  readonly seeds: readonly number[];
  readonly used: readonly MatchedSet[];
  /** Sets with missing cells, or without the seeds of the others. */
  readonly leftOut: readonly MatchedSet[];
}

/** An effect that no set of cells identifies. */
export interface UnidentifiedEffect extends EffectName {
  readonly status: 'unidentified';
  readonly code: 'NO_MATCHED_SET';
  readonly leftOut: readonly MatchedSet[];
}

export type Effect = IdentifiedEffect | UnidentifiedEffect;

/** Name of the effects of strategies relative to their compute-matched controls. */
export const OVER_CONTROL = 'strategy over control';

/** Names of factors: the axes and, where there are controls, strategies relative to them. */
export function factorNames(grid: Grid): string[] {
  return [...grid.axes.map(({ name }) => name), ...(grid.controlled.length > 0 ? [OVER_CONTROL] : [])];
}

/** One way of going along an axis. */
interface Factor {
  readonly name: string;
  readonly axis: string;
  readonly steps: readonly EffectStep[];
}

function factorsOf(grid: Grid): Factor[] {
  const along = grid.axes.map((axis) => ({ name: axis.name, axis: axis.name, steps: stepsOf(axis) }));
  const overControl = grid.controlled.map((level) => ({
    axis: 'strategy',
    level,
    against: controlLevel(level),
  }));
  return [...along, { name: OVER_CONTROL, axis: 'strategy', steps: overControl }];
}

/**
 * Main effects of every axis and interactions of every two, against the axes' first levels; strategies also against their
 * controls: a student that has trained twice is no better for being a student than for having trained twice. An effect is a plain mean
 * over matched sets: contexts in which all the cells that it compares have scores of the same seeds. Nothing is imputed;
 * what could not be used is listed.
 *
 * @param axes names of the axes of interest (`factorNames`); default all
 */
export function estimateEffects(grid: Grid, axes = factorNames(grid)): Effect[] {
  const chosen = factorsOf(grid).filter(({ name, steps }) => axes.includes(name) && steps.length > 0);
  const pairs = chosen.flatMap((first, index) =>
    chosen
      .slice(index + 1)
      .filter(({ axis }) => axis !== first.axis)
      .map((second) => [first, second]),
  );
  return [...chosen.map((axis) => [axis]), ...pairs].flatMap((family) => estimateFamily(grid, family));
}

interface Candidate extends EffectName {
  readonly sets: readonly SetOfCells[];
}

interface SetOfCells extends MatchedSet {
  readonly terms: Terms;
  readonly seeds: readonly number[];
}

function estimateFamily(grid: Grid, family: readonly Factor[]): Effect[] {
  const candidates = combinations(family.map(({ steps }) => steps)).map((steps): Candidate => ({
    family: family.map(({ name }) => name).join(' × '),
    steps,
    sets: setsOf(grid, steps),
  }));
  const chosen = candidates.map((candidate) => ({ candidate, ...chooseSets(candidate.sets) }));
  const measured = chosen.map(({ used, seeds }): MeasuredContrast | undefined =>
    used.length === 0 ? undefined : measureContrast(grid, averageOf(used), seeds),
  );
  const known = measured.filter((each) => each !== undefined);
  // With one seed behind the means, single sets that have more must lend their noise.
  const lenders = known.some(({ dof }) => dof > 0)
    ? known
    : chosen
        .flatMap(({ used }) => used.filter(({ seeds }) => seeds.length > 1))
        .map(({ terms, seeds }) => measureContrast(grid, terms, seeds));
  const prior = priorOf(lenders);
  return chosen.map(({ candidate, used }, index): Effect => {
    const { family: name, steps, sets } = candidate;
    const plain = ({ context, missing }: SetOfCells): MatchedSet => ({ context, missing });
    const leftOut = sets.filter((set) => !used.includes(set)).map(plain);
    const found = measured[index];
    if (found === undefined) {
      return { family: name, steps, status: 'unidentified', code: 'NO_MATCHED_SET', leftOut };
    }
    const estimate = withNoise(found, prior);
    return {
      family: name,
      steps,
      status: 'estimated',
      ...inference(estimate, known.length),
      noise: estimate.noise,
      imageSe: estimate.imageSe,
      seedNoise: estimate.seedNoise,
      seeds: estimate.seeds,
      used: used.map(plain),
      leftOut,
    };
  });
}

function inference({ estimate, noise }: Estimate, count: number) {
  if (noise === undefined) return { estimate, standardError: undefined, interval: undefined, p: undefined };
  const half = halfWidth(noise, simultaneousConfidence(CONFIDENCE, count));
  return {
    estimate,
    standardError: standardError(noise),
    interval: [estimate - half, estimate + half] as const,
    p: simultaneousP(Math.min(1, 2 * upperTail(noise, Math.abs(estimate))), count),
  };
}

function stepsOf({ name, levels }: Axis): EffectStep[] {
  const [against, ...others] = levels;
  return others.map((level) => ({ axis: name, level, against: against! }));
}

/** The cells that a step or two steps compare, in every context of the other axes. */
function setsOf(grid: Grid, steps: readonly EffectStep[]): SetOfCells[] {
  const stepOn = (axis: Axis) => steps.find((step) => step.axis === axis.name);
  const contexts = combinations(grid.axes.map((axis) => (stepOn(axis) ? [''] : axis.levels)));
  return contexts.map((context) => {
    // (level − against) for one step; for two the product of both, which is the difference of differences.
    const terms = combinations(steps.map(() => [1, -1])).map((signs) => ({
      weight: signs.reduce((product, sign) => product * sign, 1),
      levels: grid.resolve(
        grid.axes.map((axis, index) => {
          const at = steps.findIndex((step) => step.axis === axis.name);
          if (at < 0) return context[index]!;
          return signs[at] === 1 ? steps[at]!.level : steps[at]!.against;
        }),
      ),
    }));
    const lacking = terms.filter(({ levels }) => grid.cell(levels) === undefined);
    return {
      context: Object.fromEntries(
        grid.axes.flatMap((axis, index) => (stepOn(axis) ? [] : [[axis.name, context[index]!] as const])),
      ),
      terms,
      seeds: commonSeeds(grid, terms),
      missing: lacking.map(({ levels }) => grid.missing(levels)),
    };
  });
}

/**
 * Sets and seeds such that every set has every seed, as many trials as possible: of a run that is half-way through its
 * second seed the first one alone, of a run where one trial failed all other sets with all seeds.
 */
function chooseSets(sets: readonly SetOfCells[]): { used: readonly SetOfCells[]; seeds: readonly number[] } {
  const whole = sets.filter(({ seeds }) => seeds.length > 0);
  let best: { used: readonly SetOfCells[]; seeds: readonly number[] } = { used: [], seeds: [] };
  const size = ({ used, seeds }: typeof best) => used.length * seeds.length;
  for (const seeds of seedChoices(whole)) {
    const used = whole.filter((set) => seeds.every((seed) => set.seeds.includes(seed)));
    const choice = { used, seeds };
    if (size(choice) > size(best) || (size(choice) === size(best) && seeds.length > best.seeds.length))
      best = choice;
  }
  return best;
}

/** The sets' own seeds, what all have, and what any two have in common. */
function seedChoices(sets: readonly SetOfCells[]): number[][] {
  const distinct = new Map(sets.map(({ seeds }) => [seeds.join(), seeds]));
  const own = [...distinct.values()];
  const shared = own.flatMap((a) => own.map((b) => a.filter((seed) => b.includes(seed))));
  const all = own.reduce((common, seeds) => common.filter((seed) => seeds.includes(seed)), own[0] ?? []);
  const choices = new Map([...own, ...shared, all].map((seeds) => [seeds.join(), [...seeds]]));
  return [...choices.values()].filter((seeds) => seeds.length > 0);
}

function averageOf(sets: readonly SetOfCells[]): Terms {
  return sets.flatMap(({ terms }) =>
    terms.map(({ levels, weight }) => ({ levels, weight: weight / sets.length })),
  );
}
