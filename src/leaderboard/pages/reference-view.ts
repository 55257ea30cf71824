import type { Claim } from '../../statistics/claims/spec';
import { signed } from '../../statistics/claims/format-claims';
import type { Grid, Levels } from '../../statistics/effects/grid';
import type { Profile } from '../../statistics/effects/profile';
import { cellsOfTable, type ReferenceCell, referenceOfClaim, varyingAxes } from '../model/reference';
import type { Reference, ReferenceTable } from '../../statistics/claims/reference-spec';
import { type Chart, chartOf } from '../charts/chart';
import { interactionPlot } from '../charts/interaction-plot';
import { seriesShape, shapePaths } from '../charts/marks';
import { type Column, table } from '../templates/table';
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

/** What the reference reports on a claim, beside these results. */
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
      quote: found.words,
      table: differencesTable(claim, found.differences, contextText),
    }
  );
}

type Difference = NonNullable<ReturnType<typeof referenceOfClaim>>['differences'][number];

/** Differences here in a row, and those of the reference below. */
function differencesTable(
  claim: Claim,
  differences: readonly Difference[],
  contextText: (context: Levels) => string,
) {
  if (differences.length === 0) return undefined;
  return table<'here' | 'reference'>({
    title: `Differences here and in the reference, claim ${claim.id}`,
    rows: ['here', 'reference'],
    rowAttributes: (side) => ({ class: side === 'here' ? undefined : 'theirs' }),
    columns: [
      { name: '', isHeader: true, cell: (side) => side },
      ...differences.map(({ context, reference, approximate, own }): Column<'here' | 'reference'> => ({
        name: contextText(context) || 'difference',
        isNumber: true,
        cell: (side) =>
          side === 'here'
            ? { text: own === undefined ? noValue : signed(own), value: own ?? null, className: 'main' }
            : { text: `${approximate ? '≈ ' : ''}${signed(reference)}`, value: reference },
      })),
    ],
  });
}

/** The reference's tables beside the same cells of this benchmark, drawn and in figures. */
export async function referenceView(input: ReferenceInput) {
  const { reference } = input;
  return {
    source: reference.source,
    link: reference.link,
    setting: reference.setting,
    tables: await Promise.all(
      reference.tables.map((each, index) => tableView(each, input, `reference-${index}`)),
    ),
  };
}

async function tableView(published: ReferenceTable, input: ReferenceInput, headingId: string) {
  const { grid, ownScore, levelText, reference } = input;
  const cells = cellsOfTable(published, grid.axes);
  const varying = varyingAxes(cells);
  const across = published.across ?? varying.at(-1) ?? grid.axes[0]!.name;
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
  const drawn = await drawings(published, input, { across, columns, rows, cellAt });
  return {
    source: published.source,
    setting: published.setting,
    common: common.join(', '),
    table: table({
      title: `${reference.source}, ${published.source}`,
      headingId,
      attributes: { class: 'references' },
      rows,
      columns: [
        { name: '', isHeader: true, cell: (row) => row },
        ...columns.flatMap((level) =>
          referenceColumns(levelText(across, level), (row) => cellAt(row, level), ownScore),
        ),
      ],
    }),
    ...drawn,
    legend: rows.map((name, index) => ({
      name,
      path: shapePaths[seriesShape(index)],
    })),
  };
}

/** Ours and theirs, side by side. */
function referenceColumns(
  name: string,
  cellAt: (row: string) => ReferenceCell | undefined,
  ownScore: ReferenceInput['ownScore'],
): Column<string>[] {
  const group = { name, className: 'num' };
  return [
    {
      name: 'here',
      group,
      isNumber: true,
      cell: (row) => {
        const cell = cellAt(row);
        if (cell === undefined) return '';
        const { AP, interval } = ownScore(cell.levels) ?? {};
        return {
          text: AP === undefined ? noValue : AP.toFixed(1),
          value: AP ?? null,
          className: 'main',
          ...(interval && {
            notes: [interval.map((end) => end.toFixed(1)).join('–')],
            values: { [`${name} here low`]: interval[0], [`${name} here high`]: interval[1] },
          }),
        };
      },
    },
    {
      name: 'reference',
      group,
      isNumber: true,
      className: 'theirs',
      cell: (row) => {
        const cell = cellAt(row);
        if (cell === undefined) return '';
        return { text: `${cell.approximate ? '≈ ' : ''}${cell.AP.toFixed(1)}`, value: cell.AP };
      },
    },
  ];
}

interface Layout {
  readonly across: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  readonly cellAt: (row: string, column: string) => ReferenceCell | undefined;
}

/** Ours and theirs as two drawings of one form: it is the pattern that can be compared, not the height. */
async function drawings(
  { source }: ReferenceTable,
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
  const own = points(({ levels }) => ownScore(levels));
  const published = points(({ AP }) => ({ AP }));
  const spanOf = (drawn: Profile['points']) => {
    const ends = drawn.flatMap(({ mean, interval }) => interval ?? [mean]);
    return ends.length === 0 ? 0 : Math.max(...ends) - Math.min(...ends);
  };
  const span = Math.max(spanOf(own), spanOf(published));
  const draw = (title: string, drawn: Profile['points']): Promise<Chart> =>
    chartOf(title, [390, 250], (drawing) =>
      interactionPlot(
        {
          x: { name: across, levels: columns },
          line: { name: 'row', levels: rows },
          points: drawn,
          contexts: [],
          seeds: [],
        },
        {
          ...drawing,
          tick: (level) => levelText(across, level),
          series: (level) => rows.indexOf(level),
          span,
        },
      ),
    );
  return {
    own: own.length === 0 ? undefined : await draw(`AP here, cells of ${source}`, own),
    theirs: await draw(`AP in ${reference.source}, ${source}`, published),
  };
}
