import { z } from 'zod';
import { RethinkError, type DeclaredCost } from '../../../contract';
import type { DetectorSpec } from '../../../core/plan/detector-spec';
import { inferenceFlops } from '../network-flops';

const amount = z.number().min(0);

const schema = z
  .strictObject({
    flops: amount.optional(),
    deviceSeconds: amount.optional(),
    imagesSeen: amount.optional(),
    size: z.int().min(32).optional(),
    source: z.string().trim().min(1, 'a declared cost requires its source'),
  })
  .refine(
    ({ flops, imagesSeen, size }) => flops !== undefined || (imagesSeen !== undefined && size !== undefined),
    {
      error: 'give `flops`, or `imagesSeen` and `size` from which the host counts them',
      path: ['flops'],
    },
  );

/**
 * What a plugin declares, checked.
 * @throws `CHECKPOINT_COST`
 */
export function parseDeclaredCost(cost: unknown): DeclaredCost {
  const parsed = schema.safeParse(cost);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RethinkError(
    'CHECKPOINT_COST',
    `The declared cost of the weights is malformed: ${issue!.message}.`,
    {
      location: { path: ['cost', ...issue!.path].join('.') },
    },
  );
}

/** A forward pass and the backward one, which costs two of them. */
const passesOfTraining = 3;
/** Classes of the classifier that external backbones were trained with; its share of the FLOPs is negligible. */
const imagenet = { name: 'imagenet', type: 'classification', categories: 1000 } as const;

/** FLOPs as declared, or counted from the images that the training saw. */
export function declaredFlops({ flops, imagesSeen, size }: DeclaredCost, spec: DetectorSpec): number {
  if (flops !== undefined) return flops;
  return imagesSeen! * passesOfTraining * inferenceFlops({ ...spec, size: size! }, imagenet);
}
