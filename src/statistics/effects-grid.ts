/** An axis with its levels; the first is the reference that the others are set against. */
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

/** A cell that an estimate would need and that has no score, and why. */
export interface MissingCell {
  readonly cell: Levels;
  readonly reason: string;
}

/** All cells of a design with their scores. Cells without scores are simply not there. */
export class Grid {
  private readonly cells = new Map<string, Map<number, Observation>>();

  /**
   * @param whyMissing says what became of a cell without a score
   */
  constructor(
    readonly axes: readonly Axis[],
    observations: readonly Observation[],
    private readonly whyMissing: (cell: Levels) => string = () => 'no score',
  ) {
    for (const observation of observations) {
      const key = keyOf(observation.levels);
      const cell = this.cells.get(key) ?? new Map<number, Observation>();
      cell.set(observation.seed, observation);
      this.cells.set(key, cell);
    }
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
