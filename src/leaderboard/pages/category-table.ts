import { mean } from 'd3-array';
import { formatScore, formatShare } from '../../core/text/units';
import type { FractionRanking } from '../model/fraction-ranking';
import type { PlainNames } from '../model/plain-names';
import { type Table, table } from '../templates/table';
import { percent } from './cells';

/** Beyond these a table of categories is no picture any more. */
const MOST_CATEGORIES = 40;

/** AP of each category by recipe, means over seeds, tinted by its share of the category's best. */
export function categoryTable(rankings: readonly FractionRanking[], names: PlainNames): Table | undefined {
  const rows = rankings.flatMap((ranking) => ranking.rows).filter(({ rank }) => rank !== undefined);
  const categories = new Map(
    rows.flatMap(({ done }) =>
      done.flatMap(({ record }) => Object.entries(record.metrics?.categoryNames ?? {})),
    ),
  );
  if (categories.size < 2 || categories.size > MOST_CATEGORIES) return undefined;
  const scoreOf = (row: (typeof rows)[number], id: string) =>
    mean(row.done, ({ record }) => record.metrics?.perCategory[id]?.AP ?? undefined) ?? null;
  return table({
    title: 'AP by category',
    headingId: 'category-title',
    attributes: { class: 'confusion', 'data-sortable': true },
    rows,
    groupOf: ({ axes }) => `${formatShare(axes.fraction)} of the labels`,
    columns: [
      {
        name: 'Recipe',
        isHeader: true,
        sort: 'up',
        cell: (row) => ({ text: names.recipe(row), values: { ...row.axes } }),
      },
      ...[...categories].map(([id, name]) => {
        const best = Math.max(...rows.map((row) => scoreOf(row, id) ?? 0));
        return {
          name,
          isNumber: true,
          sort: 'down' as const,
          cell: (row: (typeof rows)[number]) => {
            const AP = scoreOf(row, id);
            const heat = AP === null || best === 0 ? 0 : Math.ceil((5 * AP) / best);
            return { text: formatScore(AP), value: percent(AP), sort: AP ?? '', className: `heat-${heat}` };
          },
        };
      }),
    ],
  });
}
