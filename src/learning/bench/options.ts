import { z } from 'zod';
import { RethinkError } from '../../contract';
import { efficientNetVariants } from '../detector/backbones/efficientnet';
import { suggest } from '../../core/text/did-you-mean';

/** Names by which a benchmark of speed chooses a backbone. */
export const backboneNames = [
  ...Object.keys(efficientNetVariants).map((variant) => `efficientnet-${variant}`),
  'mobilenet-v1',
  'plain',
];

const integer = 'must be an integer';
const positive = z.coerce.number({ error: 'must be a number' }).positive('must be a number above 0');
const count = z.coerce.number({ error: integer }).int(integer).min(1, `${integer} of at least 1`);

const schema = z.strictObject({
  backbone: oneOf(backboneNames).default('efficientnet-b0'),
  /** Multipliers on those of the variant. */
  width: positive.default(1),
  depth: positive.default(1),
  detector: oneOf(['retinanet']).optional(),
  /** Side of the square input in pixels. */
  size: count.min(32, 'must be at least 32 pixels').default(224),
  batch: count.default(4),
  /** Of the head: ImageNet's for classification, COCO's for detection. */
  classes: count.optional(),
  fpnChannels: count.default(256),
  headConvolutions: z.coerce.number({ error: integer }).int(integer).min(0).default(4),
  optimizer: oneOf(['sgd', 'adam']).default('sgd'),
  precision: oneOf(['float32', 'mixed']).default('float32'),
  microBatch: count.optional(),
  /** Drop rate of the last block. */
  dropConnect: z.coerce.number().min(0).max(1).default(0.2),
  backend: oneOf(['tensorflow', 'webgpu', 'cpu']).default('tensorflow'),
  /** Absent: one. */
  threads: count.optional(),
  steps: count.default(20),
  warmup: z.coerce.number({ error: integer }).int(integer).min(0).default(3),
  /** Op by op instead of compiled. */
  eager: z.boolean().default(false),
});

export type SpeedOptions = z.output<typeof schema>;

function oneOf(names: readonly string[]) {
  return z.string().refine((name) => names.includes(name), {
    error: ({ input }) => `"${String(input)}" is unknown`,
    params: { names },
  });
}

/**
 * Options as given on the command line, by their names in this file; absent ones get their defaults.
 * @throws RethinkError `USAGE`, naming the flag
 */
export function parseSpeedOptions(given: Readonly<Record<string, unknown>>): SpeedOptions {
  const result = schema.safeParse(given);
  if (result.success) return checkedTogether(result.data);
  const issue = result.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    throw new RethinkError('USAGE', `There is no option "${key}".`, {
      hint: suggest(key!, Object.keys(schema.shape)),
    });
  }
  const name = String(issue.path[0]);
  const names = issue.code === 'custom' ? (issue.params?.['names'] as string[]) : undefined;
  throw new RethinkError('USAGE', `${flagOf(name)}: ${issue.message}.`, {
    hint: names && suggest(String(given[name]), names),
  });
}

function checkedTogether(options: SpeedOptions): SpeedOptions {
  const { backbone, depth, batch, microBatch, detector } = options;
  if (depth !== 1 && !backbone.startsWith('efficientnet')) {
    throw new RethinkError('USAGE', `--depth: ${backbone} has no depth multiplier.`, {
      hint: 'Choose an efficientnet, or omit the option.',
    });
  }
  if (microBatch !== undefined && batch % microBatch !== 0) {
    throw new RethinkError('USAGE', `--micro-batch: ${microBatch} does not divide the batch of ${batch}.`);
  }
  if (detector !== undefined && options.size % 32 !== 0) {
    throw new RethinkError('USAGE', `--size: a detector's input is a multiple of 32, not ${options.size}.`);
  }
  return options;
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
