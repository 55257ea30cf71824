import type { BenchmarkResults } from '../../results/database/records';
import { lengthParts, strategyName } from '../../core/plan/axes';
import { formatShare } from '../../core/text/units';
import type { LeaderboardRow } from './leaderboard';

type NamedRow = Pick<LeaderboardRow, 'axes' | 'control'>;
const recipeAxes = ['init', 'augmentation', 'strategy'] as const;
type RecipeAxis = (typeof recipeAxes)[number];

/** Part of a recipe's name with what it means, where a plugin describes it. */
export interface NamePart {
  readonly axis: RecipeAxis;
  readonly text: string;
  readonly meaning?: string;
}

/**
 * Names of a benchmark's recipes as a reader understands them: without the axes that have one value, and with lengths in
 * words.
 */
export class PlainNames {
  private readonly axes: readonly RecipeAxis[];
  private readonly meanings: ReadonlyMap<string, string>;

  constructor({ trials, plugins }: Pick<BenchmarkResults, 'trials' | 'plugins'>) {
    this.axes = recipeAxes.filter(
      (axis) => axis === 'strategy' || new Set(trials.map(({ axes }) => axes[axis])).size > 1,
    );
    this.meanings = new Map(
      plugins.flatMap(({ kind, name, description }) =>
        description === undefined ? [] : [[`${kind} ${name}`, description] as const],
      ),
    );
  }

  /** `self-training`; `supervised, 3× as long` */
  strategy({ axes }: NamedRow): string {
    return [axes.strategy, ...lengthParts(axes.length).map((length) => `${length} as long`)].join(', ');
  }

  parts(row: NamedRow): NamePart[] {
    return this.axes.map((axis) => ({
      axis,
      text: axis === 'strategy' ? this.strategy(row) : row.axes[axis],
      meaning:
        axis === 'strategy' && row.control !== undefined
          ? `compute-matched control of ${row.control.of.map(strategyName).join(', ')}`
          : this.meanings.get(`${axis} ${row.axes[axis]}`),
    }));
  }

  /** `random · s4 · self-training` */
  recipe(row: NamedRow): string {
    return this.parts(row)
      .map(({ text }) => text)
      .join(' · ');
  }

  /** `random · s4 · self-training · 20 %` */
  row(row: NamedRow): string {
    return `${this.recipe(row)} · ${formatShare(row.axes.fraction)}`;
  }
}
