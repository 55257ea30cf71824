import type { Claim } from '../../statistics/claims/spec';
import { signed } from '../../statistics/claims/format-claims';
import type { Grid, Levels } from '../../statistics/effects/grid';
import type { Profile } from '../../statistics/effects/profile';
import { cellsOfTable, type ReferenceCell, referenceOfClaim, varyingAxes } from '../model/reference';
import type { Reference, ReferenceTable } from '../../statistics/claims/reference-spec';
import { interactionPlot } from '../charts/interaction-plot';
import { seriesName, seriesShape, shapePaths } from '../charts/marks';
import { noValue } from '../../core/text/units';

/** AP of a cell of the benchmark in percent, as the leaderboard has it. */
export interface OwnScore {
  readonly AP: number;
  readonly interval?: readonly [low: number, high: number];
}

export interface ReferenceInput {
  readonly reference: Reference;
  readonly grid: Grid;
  /** @param levels in the order of the grid's axes */
  readonly ownScore: (levels: readonly string[]) => OwnScore | undefined;
  readonly levelText: (axis: string, level: string) => string;
}

/** What the reference says of a claim, beside what these results say. */
export function claimReferenceView(
  claim: Claim,
  { reference, grid }: ReferenceInput,
  contextText: (context: Levels) => string,
) {
  const found = referenceOfClaim(claim, grid, reference);
  return (
    found && {
      name: reference.source,
      source: found.source,
      words: found.words,
      differences: found.differences.map(({ context, reference: value, approximate, own }) => ({
        context: contextText(context),
        reference: `${approximate ? '≈ ' : ''}${signed(value)}`,
        own: own === undefined ? noValue : signed(own),
      })),
    }
  );
}

/** The reference's tables beside the same cells of this benchmark, drawn and in figures. */
export async function referenceView(input: ReferenceInput) {
  const { reference } = input;
  return {
    source: reference.source,
    link: reference.link,
    setting: reference.setting,
    tables: await Promise.all(reference.tables.map((table) => tableView(table, input))),
  };
}

async function tableView(table: ReferenceTable, input: ReferenceInput) {
  const { grid, ownScore, levelText } = input;
  const cells = cellsOfTable(table, grid.axes);
  const varying = varyingAxes(cells);
  const across = table.across ?? varying.at(-1) ?? grid.axes[0]!.name;
  const at = (axis: string, { levels }: Pick<ReferenceCell, 'levels'>) =>
    levels[grid.axes.findIndex(({ name }) => name === axis)]!;
  // A single row is named by what it is.
  const others = varying.filter((axis) => axis !== across);
  const rowAxes = others.length > 0 ? others : ['init', 'strategy'].filter((axis) => axis !== across);
  const rowName = (cell: ReferenceCell) => rowAxes.map((axis) => levelText(axis, at(axis, cell))).join(' · ');
  const columns = grid.axes
    .find(({ name }) => name === across)!
    .levels.filter((level) => cells.some((cell) => at(across, cell) === level));
  const rows = [...new Set(cells.map(rowName))];
  const common = grid.axes
    .filter(({ name, levels }) => name !== across && !varying.includes(name) && levels.length > 1)
    .map(({ name }) => `${name} ${levelText(name, at(name, cells[0]!))}`);
  const cellAt = (row: string, column: string) =>
    cells.find((cell) => rowName(cell) === row && at(across, cell) === column);
  const drawn = await drawings(table, input, { across, columns, rows, cellAt });
  return {
    source: table.source,
    setting: table.setting,
    common: common.join(', '),
    across,
    columns: columns.map((level) => levelText(across, level)),
    rows: rows.map((row) => ({
      name: row,
      cells: columns.map((column) => {
        const cell = cellAt(row, column);
        if (cell === undefined) return {};
        const own = ownScore(cell.levels);
        return {
          own: own === undefined ? noValue : own.AP.toFixed(1),
          interval: own?.interval?.map((end) => end.toFixed(1)).join('–'),
          reference: `${cell.approximate ? '≈ ' : ''}${cell.AP.toFixed(1)}`,
        };
      }),
    })),
    ...drawn,
    legend: rows.map((name, index) => ({
      name,
      series: seriesName(index),
      path: shapePaths[seriesShape(index)],
    })),
  };
}

interface Layout {
  readonly across: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  readonly cellAt: (row: string, column: string) => ReferenceCell | undefined;
}

/** Ours and theirs as two drawings of one form: it is the pattern that can be compared, not the height. */
async function drawings(
  table: ReferenceTable,
  { ownScore, levelText, reference }: ReferenceInput,
  layout: Layout,
) {
  const { across, columns, rows, cellAt } = layout;
  const points = (score: (cell: ReferenceCell) => OwnScore | undefined): Profile['points'] =>
    rows.flatMap((line) =>
      columns.flatMap((x) => {
        const cell = cellAt(line, x);
        const found = cell && score(cell);
        return found === undefined ? [] : [{ x, line, mean: found.AP, interval: found.interval }];
      }),
    );
  const draw = async (title: string, drawn: Profile['points'], width: number, height: number) =>
    interactionPlot(
      {
        x: { name: across, levels: columns },
        line: { name: 'row', levels: rows },
        points: drawn,
        contexts: [],
        seeds: [],
      },
      {
        title,
        width,
        height,
        tick: (level) => levelText(across, level),
        series: (level) => rows.indexOf(level),
      },
    );
  const own = points(({ levels }) => ownScore(levels));
  const theirs = points(({ AP }) => ({ AP }));
  const titles = [`AP here, cells of ${table.source}`, `AP in ${reference.source}, ${table.source}`] as const;
  return {
    own:
      own.length === 0
        ? undefined
        : { wide: await draw(titles[0], own, 420, 280), narrow: await draw(titles[0], own, 358, 240) },
    theirs: {
      wide: await draw(titles[1], theirs, 420, 280),
      narrow: await draw(titles[1], theirs, 358, 240),
    },
  };
}
