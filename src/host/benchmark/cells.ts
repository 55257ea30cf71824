import { z } from 'zod';
import { suggest } from '../../core/text/did-you-mean';
import { cellAxes, type CellAxis, type TrialAxes } from '../../core/plan/axes';

function oneOrMore<T extends z.ZodType>(value: T) {
  return z.union([value.transform((single) => [single]), z.array(value).min(1)]);
}

const name = oneOrMore(z.string());

/** A part of the matrix: all points whose values are among those listed; of an axis that is absent, all values. */
export const cellBlock = z.strictObject({
  init: name.optional(),
  augmentation: name.optional(),
  strategy: name.optional(),
  fraction: oneOrMore(z.number()).optional(),
  length: oneOrMore(z.number()).optional(),
});

export const cellsSpec = z.array(cellBlock).min(1).meta({
  description:
    'Parts of the matrix to run; a point in several of them runs once. By default the whole matrix.',
});
export type Cells = z.output<typeof cellsSpec>;

/** Whether a point is in one of the parts. */
export function isAmong(axes: TrialAxes, cells: Cells): boolean {
  return cells.some((block) =>
    cellAxes.every((axis) => {
      const values: readonly (string | number)[] | undefined = block[axis];
      return values === undefined || values.includes(axes[axis]);
    }),
  );
}

/** Values that no axis has, with their path in `cells`. */
export function unknownValues(
  cells: Cells,
  known: Readonly<Record<CellAxis, readonly (string | number)[]>>,
): { path: (string | number)[]; message: string; hint: string }[] {
  return cells.flatMap((block, index) =>
    cellAxes.flatMap((axis) =>
      [...(block[axis] ?? [])]
        .filter((value) => !known[axis].includes(value))
        .map((value) => ({
          path: [index, axis],
          message: `The axis ${axis} has no ${value}.`,
          hint: suggest(String(value), known[axis].map(String)),
        })),
    ),
  );
}
