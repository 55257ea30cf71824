/** An axis with its levels; the others are compared with the first, the reference. */
export interface Axis {
  readonly name: string;
  readonly levels: readonly string[];
}

/** One scored trial. */
export interface Observation {
  /** One level for each axis, in the order of the axes. */
  readonly levels: readonly string[];
  readonly seed: number;
  /** The unit of all that follows: AP points (percent) for results of this project. */
  readonly score: number;
  /** [B] Its score over resamples of the validation images, drawn alike for all observations; absent where unknown. */
  readonly resampled?: Float64Array;
}

/** Levels by axis: what names a cell, or what is common to several. */
export type Levels = Readonly<Record<string, string>>;

/** A cell that an estimate requires but that has no score, and why. */
export interface MissingCell {
  readonly cell: Levels;
  readonly reason: string;
}

/** Level on the strategy axis of a strategy's compute-matched control, whatever the control's own name is. */
export const controlLevel = (strategy: string) => `control of ${strategy}`;

/** A cell of a compute-matched control, and the cells that it is the control of. */
export interface ControlCell {
  readonly levels: readonly string[];
  readonly of: readonly (readonly string[])[];
}

/** All cells of a design that have scores. */
export class Grid {
  private readonly cells = new Map<string, Map<number, Observation>>();
  /** Levels with `control of …` instead of the strategy → the control's own. */
  private readonly controls = new Map<string, readonly string[]>();
  /** Strategies that some cell has a control of, in the order of the axis. */
  readonly controlled: readonly string[];

  /**
   * @param whyMissing why a cell has no score
   * @param controls cells beside those of the axes
   */
  constructor(
    readonly axes: readonly Axis[],
    observations: readonly Observation[],
    private readonly whyMissing: (cell: Levels) => string = () => 'no score',
    controls: readonly ControlCell[] = [],
  ) {
    for (const { levels, of } of controls) {
      for (const own of of) this.controls.set(keyOf(this.controlOf(own)), levels);
    }
    const at = this.strategyIndex;
    const known = new Set(controls.flatMap(({ of }) => of.map((own) => own[at])));
    this.controlled = (this.axisNamed('strategy')?.levels ?? []).filter((level) => known.has(level));
    for (const observation of observations) {
      const key = keyOf(observation.levels);
      const cell = this.cells.get(key) ?? new Map<number, Observation>();
      cell.set(observation.seed, observation);
      this.cells.set(key, cell);
    }
  }

  private get strategyIndex(): number {
    return this.axes.findIndex(({ name }) => name === 'strategy');
  }

  /** Levels with a strategy's control in place of the strategy. */
  controlOf(levels: readonly string[]): string[] {
    const at = this.strategyIndex;
    return levels.map((level, index) => (index === at ? controlLevel(level) : level));
  }

  /** Levels of the cell; where they contain `control of …`, those of the known control. */
  resolve(levels: readonly string[]): readonly string[] {
    return this.controls.get(keyOf(levels)) ?? levels;
  }

  axisNamed(name: string): Axis | undefined {
    return this.axes.find((axis) => axis.name === name);
  }

  /** By seed; undefined for a cell without a score. */
  cell(levels: readonly string[]): ReadonlyMap<number, Observation> | undefined {
    return this.cells.get(keyOf(levels));
  }

  seeds(levels: readonly string[]): number[] {
    return [...(this.cell(levels)?.keys() ?? [])].sort((a, b) => a - b);
  }

  named(levels: readonly string[]): Levels {
    return Object.fromEntries(this.axes.map(({ name }, index) => [name, levels[index]!]));
  }

  missing(levels: readonly string[]): MissingCell {
    const cell = this.named(levels);
    return { cell, reason: this.whyMissing(cell) };
  }
}

const keyOf = (levels: readonly string[]) => JSON.stringify(levels);

/** Every combination of one element of each list; of no list, the empty one. */
export function combinations<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((all, list) => all.flatMap((head) => list.map((item) => [...head, item])), [[]]);
}
