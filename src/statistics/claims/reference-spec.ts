import { z } from 'zod';
import { suggest } from '../../core/text/did-you-mean';
import {
  type AxisValues,
  type ClaimComplaint,
  claimAxes,
  type ClaimSelection,
  selection,
  unknownValues,
} from './spec';

const text = z.string().min(1).max(300);

const cell = selection.extend({
  AP: z.number().min(0).max(100).meta({ description: 'in percent, as the source prints it' }),
  approximate: z.boolean().default(false).meta({ description: 'read off a figure' }),
});

const table = z.strictObject({
  source: text.meta({ description: 'where in the source: "Table 2"' }),
  setting: text.optional().meta({ description: 'differences of this table' }),
  where: selection.prefault({}).meta({ description: 'values that all its cells have in common' }),
  across: z.enum(claimAxes).optional().meta({ description: 'the axis of the columns; all others are rows' }),
  cells: z.array(cell).min(1),
});

/** Published numbers for corresponding cells: shown beside the benchmark's own, always marked, and not part of any estimate. */
export const referenceSpec = z.strictObject({
  source: text.meta({ description: 'who published the numbers' }),
  link: z.url({ protocol: /^https?$/ }).optional(),
  setting: text.meta({ description: 'on which data and with which detector they were measured' }),
  tables: z.array(table).min(1),
  claims: z
    .record(z.string(), text)
    .default({})
    .meta({ description: 'claim id → statement of the source, for claims that no cell covers' }),
});
export type Reference = z.output<typeof referenceSpec>;
export type ReferenceTable = Reference['tables'][number];

/** What is wrong with the references for a benchmark with these axes and claims. */
export function checkReference(
  { tables, claims }: Reference,
  values: AxisValues,
  claimIds: readonly string[],
): ClaimComplaint[] {
  return [
    ...tables.flatMap((each, index) =>
      checkTable(each, values).map((complaint) => ({
        ...complaint,
        path: ['tables', index, ...complaint.path],
      })),
    ),
    ...Object.keys(claims)
      .filter((id) => !claimIds.includes(id))
      .map((id) => ({
        path: ['claims', id],
        message: `There is no claim "${id}".`,
        hint: suggest(id, claimIds),
      })),
  ];
}

function checkTable({ where, cells }: ReferenceTable, values: AxisValues): ClaimComplaint[] {
  const complaints = unknownValues(['where'], where, values);
  const seen = new Map<string, number>();
  cells.forEach((each, index) => {
    complaints.push(...unknownValues(['cells', index], each, values));
    for (const axis of claimAxes) {
      if (each[axis] !== undefined && where[axis] !== undefined) {
        complaints.push({ path: ['cells', index, axis], message: `"where" sets the ${axis} already.` });
      }
      if ((each[axis] ?? where[axis]) === undefined && values[axis].length > 1) {
        complaints.push({
          path: ['cells', index],
          message: `A reference must name one cell: set the ${axis} here or in "where".`,
        });
      }
    }
    const id = JSON.stringify(levelsOfCell(each, where, values));
    const earlier = seen.get(id);
    if (earlier !== undefined) {
      complaints.push({ path: ['cells', index], message: `This is the same cell as cells[${earlier}].` });
    }
    seen.set(id, index);
  });
  return complaints;
}

/** The cell of a reference number, in the order of `claimAxes`; an axis with one value may be left out. */
export function levelsOfCell(own: ClaimSelection, where: ClaimSelection, values: AxisValues): string[] {
  return claimAxes.map((axis) => String(own[axis] ?? where[axis] ?? values[axis][0]));
}
