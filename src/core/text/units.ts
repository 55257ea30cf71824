/** A unit for a column of figures: all of them are shown in it, with as many decimals, so that they align. */
export interface ColumnUnit {
  readonly label: string;
  /** An en dash for `null` and `undefined`. */
  format(value: number | null | undefined): string;
}

export interface UnitStep {
  readonly label: string;
  readonly size: number;
}

export const flopSteps: readonly UnitStep[] = [
  { label: 'FLOP', size: 1 },
  { label: 'MFLOP', size: 1e6 },
  { label: 'GFLOP', size: 1e9 },
  { label: 'TFLOP', size: 1e12 },
  { label: 'PFLOP', size: 1e15 },
  { label: 'EFLOP', size: 1e18 },
  { label: 'ZFLOP', size: 1e21 },
];
export const timeSteps: readonly UnitStep[] = [
  { label: 's', size: 1 },
  { label: 'min', size: 60 },
  { label: 'h', size: 3600 },
  { label: 'days', size: 86_400 },
];

/** Shown in place of a number. */
export const noValue = '–';

/** FLOPs (multiply-add = 2) in the unit that suits the largest. */
export const flopsUnit = (values: readonly (number | null)[]): ColumnUnit => columnUnit(values, flopSteps, 1);
/** Seconds in the unit that suits the largest: minutes from 2 minutes on. */
export const secondsUnit = (values: readonly (number | null)[]): ColumnUnit =>
  columnUnit(values, timeSteps, 2);

/** The largest unit of which `largest` holds enough. */
export function unitOf(largest: number, steps: readonly UnitStep[], leastCount: number): UnitStep {
  return steps.findLast(({ size }) => largest >= leastCount * size) ?? steps[0]!;
}

/** @param steps ascending units to choose from */
export function columnUnit(
  values: readonly (number | null)[],
  steps: readonly UnitStep[],
  leastCount: number,
): ColumnUnit {
  const known = values.filter((value): value is number => value !== null && value > 0);
  const largest = Math.max(0, ...known);
  const step = unitOf(largest, steps, leastCount);
  // Two significant digits of the smallest, three of the largest, and never more than three decimals.
  const digits = (value: number, significant: number) =>
    significant - 1 - Math.floor(Math.log10(value / step.size));
  const needed = known.length === 0 ? 0 : Math.max(digits(Math.min(...known), 2), digits(largest, 3));
  const decimals = Math.min(3, Math.max(0, needed));
  return {
    label: step.label,
    format: (value) =>
      value === null || value === undefined ? noValue : grouped((value / step.size).toFixed(decimals)),
  };
}

/** Groups thousands by a narrow no-break space. */
function grouped(text: string): string {
  const [whole, fraction] = text.split('.');
  const groups = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

/** One amount with its unit: `196 TFLOP`, `12.4 min`. */
export function formatFlops(value: number | null): string {
  const unit = flopsUnit([value]);
  return value === null ? noValue : `${unit.format(value)} ${unit.label}`;
}
export function formatSeconds(value: number | null): string {
  const unit = secondsUnit([value]);
  return value === null ? noValue : `${unit.format(value)} ${unit.label}`;
}

export function formatBytes(bytes: number): string {
  const gibibytes = bytes / 2 ** 30;
  return gibibytes >= 1 ? `${gibibytes.toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** A score in [0, 1] as the field writes it: in percent, one decimal. */
export function formatScore(value: number | null | undefined): string {
  return value === null || value === undefined ? noValue : (100 * value).toFixed(1);
}

/** A share in (0, 1]: `20 %`, `0.5 %`. */
export function formatShare(value: number): string {
  return `${Number((100 * value).toPrecision(4))}\u202f%`;
}

/** A probability in whole percent; a share of 0 or 1 of the resamples is not shown as impossible or certain. */
export function formatProbability(value: number): string {
  const percent = Math.round(100 * value);
  if (percent === 0) return `<\u202f1\u202f%`;
  return percent === 100 ? `>\u202f99\u202f%` : `${percent}\u202f%`;
}

export function formatCount(value: number): string {
  return grouped(String(Math.round(value)));
}

/** ISO 8601 → `2026-01-02 03:04 UTC`. Other text is returned unchanged. */
export function formatTime(iso: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(iso);
  return match ? `${match[1]} ${match[2]} UTC` : iso;
}
