import type { BenchmarkResults } from '../../results/database/records';
import type { Claim } from '../../statistics/claims/spec';
import { type AxisValues, claimAxes } from '../../statistics/claims/spec';
import { elementsOf } from '../../statistics/claims/elements';
import { commonSeeds, measureContrast, type Terms } from '../../statistics/effects/contrast';
import { type Axis, Grid, type Levels } from '../../statistics/effects/grid';
import {
  levelsOfCell,
  type Reference,
  referenceSpec,
  type ReferenceTable,
} from '../../statistics/claims/reference-spec';

/** The references that the benchmark file had when it was last run. */
export function referenceOfBenchmark({
  resolved,
}: Pick<BenchmarkResults, 'resolved'>): Reference | undefined {
  const parsed = referenceSpec.safeParse((resolved as { reference?: unknown } | null)?.reference);
  return parsed.success ? parsed.data : undefined;
}

export interface ReferenceCell {
  /** In the order of the grid's axes. */
  readonly levels: readonly string[];
  /** In percent. */
  readonly AP: number;
  readonly approximate: boolean;
}

export function cellsOfTable({ where, cells }: ReferenceTable, axes: readonly Axis[]): ReferenceCell[] {
  const values = Object.fromEntries(axes.map(({ name, levels }) => [name, levels])) as unknown as AxisValues;
  return cells.map((cell) => ({
    levels: levelsOfCell(cell, where, values),
    AP: cell.AP,
    approximate: cell.approximate,
  }));
}

/** A difference that a claim is about, by the reference and by the benchmark itself, in AP points. */
interface ComparedDifference {
  readonly context: Levels;
  readonly reference: number;
  readonly approximate: boolean;
  /** Over the seeds that all its cells have; absent where a cell has no score. */
  readonly own?: number;
}

interface ClaimReference {
  /** Where in the source. */
  readonly source?: string;
  readonly differences: readonly ComparedDifference[];
  /** Quoted from the source where no cell corresponds. */
  readonly words?: string;
}

/**
 * What the reference reports on a claim: the same differences, each within one table, as tables may differ in more than what
 * they list. The table that the claim names as its source goes first.
 */
export function referenceOfClaim(claim: Claim, grid: Grid, reference: Reference): ClaimReference | undefined {
  const words = reference.claims[claim.id];
  const tables = [...reference.tables].sort(
    (a, b) => Number(b.source === claim.source) - Number(a.source === claim.source),
  );
  for (const table of tables) {
    const differences = differencesIn(table, claim, grid);
    if (differences.length > 0) return { source: table.source, differences, words };
  }
  return words === undefined ? undefined : { differences: [], words };
}

function differencesIn(table: ReferenceTable, claim: Claim, grid: Grid): ComparedDifference[] {
  if (claim.costRatio !== undefined) return [];
  const cells = cellsOfTable(table, grid.axes);
  const published = new Grid(
    grid.axes,
    cells.map(({ levels, AP }) => ({ levels, seed: 0, score: AP })),
  );
  const approximate = new Set(
    cells.filter((cell) => cell.approximate).map(({ levels }) => JSON.stringify(levels)),
  );
  return elementsOf(levelByLevel(claim), grid).flatMap(({ context, terms }): ComparedDifference[] => {
    const value = estimate(terms, published);
    if (value === undefined) return [];
    return [
      {
        context,
        reference: value,
        approximate: terms.some(({ levels }) => approximate.has(JSON.stringify(levels))),
        own: estimate(terms, grid),
      },
    ];
  });
}

/** Of a claim about a trend the differences that rise or fall, one for each level. */
function levelByLevel(claim: Claim): Claim {
  const along = claim.is?.falling ?? claim.is?.rising;
  return along === undefined ? claim : { ...claim, forEvery: [...claim.forEvery, along], is: { above: 0 } };
}

function estimate(terms: Terms, grid: Grid): number | undefined {
  const seeds = commonSeeds(grid, terms);
  return seeds.length === 0 ? undefined : measureContrast(grid, terms, seeds).estimate;
}

/** The axes in which a table's cells differ. */
export function varyingAxes(cells: readonly ReferenceCell[]): string[] {
  return claimAxes.filter((_, index) => new Set(cells.map(({ levels }) => levels[index])).size > 1);
}
