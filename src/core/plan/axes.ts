/** The axes of the matrix, in the order of a trial's id. Every other list of axes is derived from this one. */
export const axisNames = ['init', 'augmentation', 'strategy', 'fraction', 'length', 'seed'] as const;
export type AxisName = (typeof axisNames)[number];

/** The axes that select a plugin. */
export const pluginAxes = ['init', 'augmentation', 'strategy'] as const;

/** The axes of a cell: trials that differ in their seed alone share one. */
export const cellAxes = ['init', 'augmentation', 'strategy', 'fraction', 'length'] as const;
export type CellAxis = (typeof cellAxes)[number];

export const isNumberAxis = (axis: AxisName) => axis === 'fraction' || axis === 'length' || axis === 'seed';

/** One value of each axis. Plugin axes have the entry's name in the benchmark file. */
export interface TrialAxes {
  readonly init: string;
  readonly augmentation: string;
  readonly strategy: string;
  /** Labelled share, in (0, 1]. */
  readonly fraction: number;
  /** Multiple of the schedule's steps for every training that the strategy plans. */
  readonly length: number;
  readonly seed: number;
}

/** A cell's id: its selector without a seed. A length of 1 is omitted. */
export function cellId(axes: Omit<TrialAxes, 'seed'>): string {
  return cellAxes
    .filter((axis) => axis !== 'length' || Number(axes.length) !== 1)
    .map((axis) => `${axis}=${axes[axis]}`)
    .join(',');
}

/** A trial's id: its selector, which can be pasted after `--only`. */
export const trialId = (axes: TrialAxes): string => `${cellId(axes)},seed=${axes.seed}`;

/** The axes alone of a row that has them among other columns. */
export function axesOf({ init, augmentation, strategy, fraction, length, seed }: TrialAxes): TrialAxes {
  return { init, augmentation, strategy, fraction, length, seed };
}

/** The length in a trial's name: `3×`; nothing for 1. */
export function formatLength(length: number): string[] {
  return length === 1 ? [] : [`${+length.toPrecision(3)}×`];
}

/** A strategy with its length: `self-training 3×`; a length of 1 is omitted. */
export function strategyName({ strategy, length }: Pick<TrialAxes, 'strategy' | 'length'>): string {
  return [strategy, ...formatLength(length)].join(' ');
}
