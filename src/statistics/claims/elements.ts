import type { Claim, ClaimAxis, ClaimSelection } from './spec';
import type { Terms } from '../effects/contrast';
import { combinations, type Grid, type Levels } from '../effects/grid';
import { isNumberAxis } from '../../core/plan/axes';

/** The claimed range of a difference, in AP points. */
export interface Region {
  readonly low: number;
  readonly high: number;
}

/** One difference that must lie in a region for the claim to hold. */
export interface Element {
  /** For which values of `forEvery`, or against which competitor of `best`; empty for a claim of one element. */
  readonly context: Levels;
  readonly terms: Terms;
  readonly region: Region;
  /** `step`: one step along the axis of a falling or rising claim; it alone can't support the claim, but refute it. */
  readonly role: 'test' | 'step';
}

/** The differences that a claim about AP is made of. */
export function elementsOf(claim: Claim, grid: Grid): Element[] {
  const along = claim.is?.falling ?? claim.is?.rising;
  const every = contextsOver(claim.forEvery, claim, grid);
  if (claim.best !== undefined) {
    return every.flatMap((context) =>
      competitors(claim, grid).map((other) => ({
        context: { ...context, against: Object.values(other).join(' · ') },
        terms: differenceOf(claim, grid, context, claim.best!, other),
        region: { low: 0, high: Infinity },
        role: 'test' as const,
      })),
    );
  }
  const { of, minus } = claim.difference!;
  return every.flatMap((context): Element[] => {
    if (along === undefined) {
      return [
        {
          context,
          terms: differenceOf(claim, grid, context, of, minus),
          region: regionOf(claim),
          role: 'test',
        },
      ];
    }
    const levels = levelsOf(along, claim, grid);
    const values = levels.map((level) =>
      differenceOf(claim, grid, { ...context, [along]: level }, of, minus),
    );
    const region = claim.is?.falling === undefined ? { low: 0, high: Infinity } : { low: -Infinity, high: 0 };
    const steps = values.slice(1).map((terms, index): Element => ({
      context: { ...context, [along]: `${levels[index]!} → ${levels[index + 1]!}` },
      terms: [...terms, ...scaled(values[index]!, -1)],
      region,
      role: 'step',
    }));
    const trend: Element = {
      context,
      terms: slopeWeights(values.length).flatMap((weight, index) => scaled(values[index]!, weight)),
      region,
      role: 'test',
    };
    return steps.length === 1 ? [trend] : [trend, ...steps];
  });
}

function regionOf({ is }: Claim): Region {
  if (is?.above !== undefined) return { low: is.above, high: Infinity };
  if (is?.below !== undefined) return { low: -Infinity, high: is.below };
  if (is?.within !== undefined) return { low: -is.within, high: is.within };
  return { low: is!.between![0], high: is!.between![1] };
}

/** Least-squares slope over ranks: the change for each step along the axis. */
export function slopeWeights(count: number): number[] {
  const centre = (count - 1) / 2;
  const ranks = Array.from({ length: count }, (_, index) => index - centre);
  const norm = ranks.reduce((sum, rank) => sum + rank ** 2, 0);
  return ranks.map((rank) => rank / norm);
}

const scaled = (terms: Terms, by: number): Terms =>
  terms.map(({ levels, weight }) => ({ levels, weight: weight * by }));

/** Levels of an axis that the claim includes, in the order of the grid. */
function levelsOf(axis: ClaimAxis, claim: Claim, grid: Grid): readonly string[] {
  const all = grid.axes.find(({ name }) => name === axis)?.levels ?? [];
  const where = claim.where[axis]?.map(String);
  return where === undefined
    ? all
    : [...all.filter((level) => where.includes(level)), ...where.filter((level) => !all.includes(level))];
}

function contextsOver(axes: readonly ClaimAxis[], claim: Claim, grid: Grid): Levels[] {
  return combinations(axes.map((axis) => levelsOf(axis, claim, grid))).map((levels) =>
    Object.fromEntries(axes.map((axis, index) => [axis, levels[index]!])),
  );
}

/** AP of one selection minus that of another or of its control, in a context, averaged over what the claim averages over. */
function differenceOf(
  claim: Claim,
  grid: Grid,
  context: Levels,
  of: ClaimSelection,
  minus: ClaimSelection | 'control',
): Terms {
  const averaged = contextsOver(claim.onAverageOver, claim, grid);
  return averaged.flatMap((average) => {
    const cell = (selection: ClaimSelection) => cellOf(claim, grid, { ...context, ...average }, selection);
    const weight = 1 / averaged.length;
    const against = minus === 'control' ? grid.resolve(grid.controlOf(cell(of))) : cell(minus);
    return [
      { levels: cell(of), weight },
      { levels: against, weight: -weight },
    ];
  });
}

/** Levels of the selection, else of the context, else the only value that is left. */
function cellOf(claim: Claim, grid: Grid, context: Levels, selection: ClaimSelection): string[] {
  return grid.axes.map(({ name }) => {
    const axis = name as ClaimAxis;
    return String(selection[axis] ?? context[name] ?? levelsOf(axis, claim, grid)[0] ?? '');
  });
}

function competitors({ best, among }: Claim, grid: Grid): ClaimSelection[] {
  const isBest = (selection: ClaimSelection) =>
    Object.entries(selection).every(([axis, value]) => String(best![axis as ClaimAxis]) === String(value));
  const list =
    typeof among === 'string'
      ? (grid.axes.find(({ name }) => name === among)?.levels ?? []).map((level): ClaimSelection => ({
          ...best,
          [among]: isNumberAxis(among) ? Number(level) : level,
        }))
      : (among ?? []);
  return list.filter((selection) => !isBest(selection));
}
