import { z } from 'zod';
import { cellBlock, cellsSpec, unknownValues } from './cells';
import { costFactorsSpec } from '../../core/cost/factors';
import { datasetSpec } from '../../core/plan/dataset-spec';
import { detectorSpec } from '../../core/plan/detector-spec';
import { MAX_NAME, MAX_TEXT } from '../../core/plan/limits';
import { checkClaim, claimsSpec, type AxisValues } from '../../statistics/claims/spec';
import { checkReference, referenceSpec } from '../../statistics/claims/reference-spec';
import { scheduleSpec } from '../../core/plan/schedule';

const entryName = z
  .string()
  .max(MAX_NAME)
  .regex(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/, 'must consist of letters, digits, "+", ".", "_" and "-"');

/** A plugin on an axis: its name, or its name with options and, for a plugin that appears twice, another name. */
const axisEntry = z.union([
  entryName.transform((use) => ({ use, name: use, options: {} })),
  z
    .strictObject({
      use: entryName.meta({ description: 'Name of the plugin.' }),
      name: entryName.optional().meta({ description: 'Name on the axis; by default the plugin’s.' }),
      options: z.record(z.string(), z.json()).default({}).meta({ description: 'Options of the plugin.' }),
    })
    .transform((entry) => ({ use: entry.use, name: entry.name ?? entry.use, options: entry.options })),
]);
export type AxisEntry = z.output<typeof axisEntry>;

function distinct<T>(describe: (item: T) => string) {
  return (items: T[], context: z.RefinementCtx) => {
    const seen = new Set<string>();
    items.forEach((item, index) => {
      const name = describe(item);
      if (seen.has(name)) {
        context.addIssue({
          code: 'custom',
          path: [index],
          message: `The axis has a duplicate value "${name}".`,
          params: { hint: 'Give one of them another name.' },
        });
      }
      seen.add(name);
    });
  };
}

const pluginAxis = z
  .array(axisEntry)
  .min(1)
  .superRefine(distinct((entry: AxisEntry) => entry.name));

/** A benchmark file after `extends`. */
export const benchmarkSpec = z
  .strictObject({
    name: z
      .string()
      .max(80)
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'must consist of lower-case letters, digits and "-"'),
    title: z.string().min(1).max(500),
    description: z.string().max(MAX_TEXT).default(''),
    dataset: datasetSpec,
    /** Seed of the shuffle that labelled fractions are cut from; the same for every trial. */
    splitSeed: z.int().min(0).default(0),
    stratified: z.boolean().default(false).meta({
      description: 'Labelled fractions keep the share of each class (by the rarest one of an image).',
    }),
    pool: z.enum(['unlabelled', 'rest']).default('unlabelled').meta({
      description:
        'Unlabelled images for strategies: those of the data set, or the labelled images outside the fraction, with hidden labels.',
    }),
    detector: detectorSpec,
    schedule: scheduleSpec,
    schedules: z
      .array(
        z.strictObject({
          where: cellBlock,
          steps: z.int().positive().optional(),
          batch: z.int().positive().optional(),
          learningRate: z.number().positive().optional(),
          warmupSteps: z.int().min(0).optional(),
        }),
      )
      .default([])
      .meta({
        description:
          'Other schedules for parts of the matrix, as the paper trains its weakest augmentation shorter; the last one that applies counts.',
      }),
    axes: z.strictObject({
      init: pluginAxis,
      augmentation: pluginAxis,
      strategy: pluginAxis,
      fraction: z.array(z.number().gt(0).max(1)).min(1).superRefine(distinct(String)),
      length: z
        .array(z.number().positive().max(1000))
        .min(1)
        .superRefine(distinct(String))
        .default([1])
        .meta({
          description:
            'Multiples of the schedule: every training that a strategy plans has that many times its steps, each with its own full decay. Training for the initial weights keeps its length.',
        }),
      seed: z.array(z.int().min(0).max(1_000_000)).min(1).superRefine(distinct(String)),
    }),
    cells: cellsSpec.optional(),
    /** Statements about the results, each of which gets a verdict; see `docs/claims.md`. */
    claims: claimsSpec.default([]),
    /** Published numbers for corresponding cells; see `docs/claims.md`. */
    reference: referenceSpec.optional(),
    evaluation: z
      .strictObject({
        checkpoints: z.int().min(1).max(1000).default(1).meta({
          description:
            'Number of evenly spaced steps of every detector training at which AP is measured, its end included; 1: only at the end.',
        }),
        heldOut: z.number().min(0).max(0.5).default(0.1).meta({
          description:
            'Share of the classification and of the other detection data that no stage trains on: pre-trained backbones are measured there in their own task. 0: none.',
        }),
      })
      .prefault({}),
    controls: z.enum(['none', 'matched']).default('none').meta({
      description:
        'matched: for every trial whose strategy takes more compute than the supervised trials of the matrix, add a supervised trial that is long enough to have the same compute.',
    }),
    /** Prices and carbon intensity; by default those of the configuration, then list prices. */
    cost: costFactorsSpec.optional(),
    plugins: z.array(z.string()).default([]).meta({
      description:
        'Further plugins: folders with <kind>/<name>/index.ts, relative to the file, or installed npm packages.',
    }),
    limits: z
      .strictObject({
        stageMinutes: z
          .number()
          .positive()
          .default(24 * 60),
        stageMemoryGiB: z.number().positive().optional(),
      })
      .prefault({}),
  })
  .superRefine(({ axes, cells = [], schedules, claims, controls, reference }, context) => {
    const values = axisValues(axes);
    const blocks = schedules.map(({ where }) => where);
    const complain = (
      place: PropertyKey[],
      complaints: readonly { path: readonly PropertyKey[]; message: string; hint?: string }[],
    ) => {
      for (const { path, message, hint } of complaints)
        context.addIssue({ code: 'custom', path: [...place, ...path], message, params: { hint } });
    };
    for (const { path, ...complaint } of unknownValues(blocks, values)) {
      const [index, ...rest] = path;
      complain(['schedules', index!, 'where'], [{ ...complaint, path: rest }]);
    }
    complain(['cells'], unknownValues(cells, values));
    claims.forEach((claim, index) =>
      complain(['claims', index], checkClaim(claim, values, controls === 'matched')),
    );
    const ids = claims.map(({ id }) => id);
    if (reference !== undefined) complain(['reference'], checkReference(reference, values, ids));
  });
export type Benchmark = z.output<typeof benchmarkSpec>;

/** The values of each axis, in the order of the file; numbers ascending. */
export function axisValues(axes: {
  readonly init: readonly { name: string }[];
  readonly augmentation: readonly { name: string }[];
  readonly strategy: readonly { name: string }[];
  readonly fraction: readonly number[];
  readonly length: readonly number[];
}): AxisValues {
  const names = (entries: readonly { name: string }[]) => entries.map((entry) => entry.name);
  return {
    init: names(axes.init),
    augmentation: names(axes.augmentation),
    strategy: names(axes.strategy),
    fraction: axes.fraction.toSorted((a, b) => a - b),
    length: axes.length.toSorted((a, b) => a - b),
  };
}

/** JSON Schema of benchmark files, for editors. `extends` may supply what a file omits, so no key is required. */
export function benchmarkJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(benchmarkSpec, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, unknown>;
    required?: string[];
  };
  delete schema.required;
  schema.properties = {
    extends: {
      description: 'Another benchmark file whose settings, or some of them, this one inherits.',
      anyOf: [
        { type: 'string' },
        {
          type: 'object',
          properties: { file: { type: 'string' }, only: { type: 'array', items: { type: 'string' } } },
          required: ['file', 'only'],
          additionalProperties: false,
        },
      ],
    },
    ...schema.properties,
  };
  return schema;
}
