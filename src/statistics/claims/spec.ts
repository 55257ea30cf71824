import { z } from 'zod';
import { cellAxes, type CellAxis } from '../../core/plan/axes';
import { suggest } from '../../core/text/did-you-mean';

/** The axes that claims and effects are about; the seed is what they are averaged over. */
export const claimAxes = cellAxes;
export type ClaimAxis = CellAxis;

const name = z.string().min(1);
const share = z.number().gt(0).max(1);
const multiple = z.number().positive();

/** One value on some of the axes: `{ init: random, strategy: self-training }`. */
export const selection = z.strictObject({
  init: name.optional(),
  augmentation: name.optional(),
  strategy: name.optional(),
  fraction: share.optional(),
  length: multiple.optional(),
});
export type ClaimSelection = z.output<typeof selection>;

const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.union([item.transform((value) => [value]), z.array(item).min(1)]);

/** Values on some of the axes, to which a claim is limited. */
const condition = z.strictObject({
  init: oneOrMore(name).optional(),
  augmentation: oneOrMore(name).optional(),
  strategy: oneOrMore(name).optional(),
  fraction: oneOrMore(share).optional(),
  length: oneOrMore(multiple).optional(),
});

const axis = z.enum(claimAxes);
const axes = z
  .union([axis.transform((value) => [value]), z.array(axis)], {
    error: `must be an axis or a list of axes: ${claimAxes.join(', ')}`,
  })
  .default([]);
const points = z.number().min(-100).max(100);
const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, 'The lower end must come first: [low, high].');

/** The claimed value of a difference (AP points) or of a cost ratio. Exactly one of the keys. */
const assertion = z
  .strictObject({
    above: z.number().optional().meta({ description: 'more than this' }),
    below: z.number().optional().meta({ description: 'less than this' }),
    between: range.optional().meta({ description: 'in this range' }),
    within: z.number().positive().optional().meta({ description: 'nearer to 0 than this (equivalence)' }),
    falling: axis.optional().meta({ description: 'the difference falls along this axis' }),
    rising: axis.optional().meta({ description: 'the difference rises along this axis' }),
  })
  .superRefine((value, context) => {
    const given = Object.entries(value).filter(([, held]) => held !== undefined);
    if (given.length === 1) return;
    context.addIssue({
      code: 'custom',
      message: `"is" requires exactly one of above, below, between, within, falling and rising, but has ${given.length === 0 ? 'none' : given.map(([key]) => key).join(' and ')}.`,
    });
  });

const kinds = ['difference', 'best', 'costRatio'] as const;

/** One claim of a benchmark file; `docs/claims.md` explains the form by examples. */
const claimSpec = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must consist of lower-case letters, digits and "-"'),
    text: z.string().min(1).meta({ description: 'the claim in words' }),
    source: z.string().optional().meta({ description: 'where it was published: "Table 2"' }),
    where: condition.prefault({}).meta({ description: 'values of the axes to which the claim is limited' }),
    forEvery: axes.meta({ description: 'axes for each of whose values the claim must hold' }),
    onAverageOver: axes.meta({ description: 'axes over whose values the difference is averaged' }),
    difference: z
      .strictObject({
        of: selection,
        minus: z.union([selection, z.literal('control')]).meta({
          description:
            'another selection, or `control`: the compute-matched control of each trial (`controls: matched`)',
        }),
      })
      .optional()
      .meta({
        description: 'AP of one selection minus that of another or of its control, in AP points',
      }),
    best: selection.optional().meta({ description: 'the selection with the highest AP' }),
    among: z
      .union([axis, z.array(selection).min(1)])
      .optional()
      .meta({ description: 'what `best` is compared with: an axis (all its values), or selections' }),
    costRatio: z
      .strictObject({
        of: selection,
        to: selection,
        targetAP: points.positive().meta({ description: 'AP in percent that both must reach' }),
        metric: z.enum(['flops', 'deviceSeconds']).default('flops'),
      })
      .optional()
      .meta({ description: 'cost of one selection to reach an AP, divided by that of another' }),
    is: assertion.optional(),
  })
  .superRefine((claim, context) => {
    const complain = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const given = kinds.filter((kind) => claim[kind] !== undefined);
    if (given.length !== 1) {
      const found = given.length === 0 ? 'none' : given.join(' and ');
      complain(
        given[1] ?? 'difference',
        `A claim requires exactly one of ${kinds.join(', ')}; this one has ${found}.`,
      );
    }
    if (claim.best !== undefined) {
      if (claim.among === undefined)
        complain('among', '"best" requires "among": an axis, or a list of selections.');
      if (claim.is !== undefined)
        complain('is', '"is" is only valid with a difference or a cost ratio, not with "best".');
    } else {
      if (claim.among !== undefined) complain('among', '"among" is only valid with "best".');
      if (claim.is === undefined)
        complain('is', 'The claim must state its value in "is", for instance { above: 0 }.');
    }
    if (claim.costRatio !== undefined && (claim.is?.falling ?? claim.is?.rising) !== undefined) {
      complain('is', 'The "is" of a cost ratio must be above, below or between.');
    }
  });
export type Claim = z.output<typeof claimSpec>;

export const claimsSpec = z.array(claimSpec).superRefine((claims, context) => {
  const seen = new Set<string>();
  claims.forEach(({ id }, index) => {
    if (seen.has(id))
      context.addIssue({ code: 'custom', path: [index, 'id'], message: `"${id}" is the id of two claims.` });
    seen.add(id);
  });
});

/** Values of the axes in the order of the benchmark file; numbers ascending. */
export type AxisValues = Readonly<Record<ClaimAxis, readonly (string | number)[]>>;

export interface ClaimComplaint {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint?: string;
}

/**
 * What is wrong with a claim for a benchmark with these axes: unknown values, axes that it does not mention,
 * controls that are not planned.
 */
export function checkClaim(claim: Claim, values: AxisValues, hasControls: boolean): ClaimComplaint[] {
  const complaints = [
    ...unknownValues(['where'], claim.where, values),
    ...selectionsOf(claim).flatMap(({ path, selection: chosen }) => unknownValues(path, chosen, values)),
    ...checkAxes(claim, values),
  ];
  if (claim.difference?.minus === 'control' && !hasControls) {
    complaints.push({
      path: ['difference', 'minus'],
      message: 'The benchmark plans no controls.',
      hint: 'Set "controls: matched" beside the axes.',
    });
  }
  return complaints;
}

/** Values that the axes of the benchmark don't have. */
export function unknownValues(
  path: readonly PropertyKey[],
  chosen: Partial<Record<ClaimAxis, unknown>>,
  values: AxisValues,
): ClaimComplaint[] {
  return claimAxes.flatMap((axisName) =>
    ([chosen[axisName] ?? []].flat() as (string | number)[])
      .filter((value) => !values[axisName].includes(value))
      .map((value) => ({
        path: [...path, axisName],
        message: `The axis ${axisName} has no "${value}".`,
        hint: suggest(String(value), values[axisName].map(String)),
      })),
  );
}

interface LocatedSelection {
  readonly path: PropertyKey[];
  readonly selection: ClaimSelection;
}

/** The selections that a claim compares, each with its path. */
function selectionsOf({ difference, best, among, costRatio }: Claim): LocatedSelection[] {
  const located = (path: PropertyKey[], chosen: ClaimSelection | undefined): LocatedSelection[] =>
    chosen === undefined ? [] : [{ path, selection: chosen }];
  return [
    ...located(['difference', 'of'], difference?.of),
    ...located(['difference', 'minus'], difference?.minus === 'control' ? undefined : difference?.minus),
    ...located(['best'], best),
    ...(Array.isArray(among) ? among.flatMap((each, index) => located(['among', index], each)) : []),
    ...located(['costRatio', 'of'], costRatio?.of),
    ...located(['costRatio', 'to'], costRatio?.to),
  ];
}

function checkAxes(claim: Claim, values: AxisValues): ClaimComplaint[] {
  const along = claim.is?.falling ?? claim.is?.rising;
  const selections = selectionsOf(claim);
  const complaints: ClaimComplaint[] = [];
  for (const axisName of claimAxes) {
    const where = claim.where[axisName];
    const compared = selections.filter(({ selection: chosen }) => chosen[axisName] !== undefined);
    const quantified = [
      claim.forEvery.includes(axisName) && 'forEvery',
      claim.onAverageOver.includes(axisName) && 'onAverageOver',
      along === axisName && 'is',
    ].filter((key) => key !== false);
    if (compared.length > 0 && (where !== undefined || quantified.length > 0)) {
      complaints.push({
        path: where === undefined ? [quantified[0]!] : ['where', axisName],
        message: `The selections differ in ${axisName}, which can't be ${where === undefined ? 'quantified' : 'fixed'} as well.`,
      });
    } else if (compared.length > 0 && compared.length < selections.length) {
      const other = selections.find(({ selection: chosen }) => chosen[axisName] === undefined)!;
      complaints.push({
        path: other.path,
        message: `This selection must name the ${axisName} too, as the other one does.`,
      });
    } else if (quantified.length > 1) {
      complaints.push({
        path: [quantified[0]!],
        message: `The axis ${axisName} appears in ${quantified.join(' and ')}.`,
      });
    } else if (compared.length === 0 && quantified.length === 0 && claim.among !== axisName) {
      if ((where?.length ?? values[axisName].length) > 1) {
        complaints.push({
          path: where === undefined ? [] : ['where', axisName],
          message: `A claim must mention every axis: name the ${axisName} in "where", or the axis in "forEvery" or "onAverageOver".`,
        });
      }
    }
    if (along === axisName && (where?.length ?? values[axisName].length) < 2) {
      complaints.push({
        path: ['is'],
        message: `To fall or rise along ${axisName} requires at least two of its values.`,
      });
    }
  }
  return complaints;
}
