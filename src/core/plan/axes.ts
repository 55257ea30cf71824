import { pluginKinds } from '../../contract';

/** The axes of a cell: trials that differ in their seed alone share one. Those that select a plugin come first. */
export const cellAxes = [...pluginKinds, 'fraction', 'length'] as const;
export type CellAxis = (typeof cellAxes)[number];

/** The axes of the matrix, in the order of a trial's id. */
export const axisNames = [...cellAxes, 'seed'] as const;
export type AxisName = (typeof axisNames)[number];

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

/** `3×` */
export const formatLength = (length: number): string => `${+length.toPrecision(3)}×`;

/** The length as a part of a name: nothing for 1. */
export const lengthParts = (length: number): string[] => (length === 1 ? [] : [formatLength(length)]);

/** A strategy with its length: `self-training 3×`; a length of 1 is omitted. */
export function strategyName({ strategy, length }: Pick<TrialAxes, 'strategy' | 'length'>): string {
  return [strategy, ...lengthParts(length)].join(' ');
}
