import type { Interval } from '../../statistics/bootstrap/intervals';
import { percent } from './trial-table';

/** `31.2 … 34.0`, in percent. */
export function formatApInterval(interval: Interval | null | undefined): string {
  return interval === null || interval === undefined
    ? '–'
    : `${minus(percent(interval.low))} … ${minus(percent(interval.high))}`;
}

/** `+1.2`, in percent. */
export function signedPercent(value: number): string {
  return value < 0 ? minus(percent(value)) : `+${percent(value)}`;
}

/** `3`, or `2–5`. */
export function formatRank({ low, high }: { low: number; high: number }): string {
  return low === high ? String(low) : `${low}–${high}`;
}

const minus = (text: string): string => text.replace('-', '−');
