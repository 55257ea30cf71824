import { z } from 'zod';
import { suggest } from '../../core/text/did-you-mean';
import { type AxisValues, type ClaimComplaint, claimAxes } from './spec';

const name = z.string().min(1);
const share = z.number().gt(0).max(1);
const words = z.string().min(1).max(300);

const place = z.strictObject({
  init: name.optional(),
  augmentation: name.optional(),
  strategy: name.optional(),
  fraction: share.optional(),
  length: z.number().positive().optional(),
});

const cell = place.extend({
  AP: z.number().min(0).max(100).meta({ description: 'in percent, as the source prints it' }),
  approximate: z.boolean().default(false).meta({ description: 'read off a figure' }),
});

const table = z.strictObject({
  source: words.meta({ description: 'where in the source: "Table 2"' }),
  setting: words.optional().meta({ description: 'what is different in this table' }),
  where: place.prefault({}).meta({ description: 'what all its cells have in common' }),
  across: z.enum(claimAxes).optional().meta({ description: 'the axis of the columns; all others are rows' }),
  cells: z.array(cell).min(1),
});

/**
 * Numbers that somebody else published for cells that correspond: shown beside the benchmark's own, always marked, and
 * no part of any estimate.
 */
export const referenceSpec = z.strictObject({
  source: words.meta({ description: 'who published the numbers' }),
  link: z.url({ protocol: /^https?$/ }).optional(),
  setting: words.meta({ description: 'on which data and with which detector they were measured' }),
  tables: z.array(table).min(1),
  claims: z
    .record(z.string(), words)
    .default({})
    .meta({ description: 'claim id → what the source says of it, where no cell does' }),
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
  const complaints: ClaimComplaint[] = [];
  const unknown = (path: PropertyKey[], selection: z.output<typeof place>) => {
    for (const axis of claimAxes) {
      const value = selection[axis];
      if (value === undefined || values[axis].includes(value)) continue;
      complaints.push({
        path: [...path, axis],
        message: `The axis ${axis} has no "${value}".`,
        hint: suggest(String(value), values[axis].map(String)),
      });
    }
  };
  unknown(['where'], where);
  const seen = new Map<string, number>();
  cells.forEach((each, index) => {
    unknown(['cells', index], each);
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

/** The cell that a reference stands for, in the order of `claimAxes`; an axis with one value needs no word. */
export function levelsOfCell(
  own: z.output<typeof place>,
  where: z.output<typeof place>,
  values: AxisValues,
): string[] {
  return claimAxes.map((axis) => String(own[axis] ?? where[axis] ?? values[axis][0]));
}
