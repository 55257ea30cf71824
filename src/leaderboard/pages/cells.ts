import { type ColumnUnit, formatCount, formatScore } from '../../core/text/units';
import type { Interval } from '../../statistics/bootstrap/intervals';
import type { Cell } from '../templates/table';

/** `low–high` in percent; empty where there is no interval. */
export function intervalText(interval: Interval | null | undefined): string {
  return interval ? `${formatScore(interval.low)}–${formatScore(interval.high)}` : '';
}

/**
 * A score in [0, 1] as percent.
 *
 * @param interval shown below it, and in two columns of files
 * @param name of the score, for these columns
 */
export function scoreCell(
  score: number | null | undefined,
  interval?: Interval | null,
  name = 'score',
): Cell & { readonly values?: Readonly<Record<string, number>> } {
  return {
    text: formatScore(score),
    value: percent(score),
    ...(interval && {
      notes: [intervalText(interval)],
      values: { [`${name} low`]: 100 * interval.low, [`${name} high`]: 100 * interval.high },
    }),
  };
}

export const percent = (share: number | null | undefined) =>
  share === null || share === undefined ? null : 100 * share;

export const countCell = (count: number): Cell => ({ text: formatCount(count), value: count });

/** An amount in a column's unit; files have it in the base unit. */
export const amountCell = (amount: number | null | undefined, unit: ColumnUnit): Cell => ({
  text: unit.format(amount),
  value: amount ?? null,
});
