import { z } from 'zod';

/** Source of weights as a plugin names it → identity of its content, or why it could not be determined; plain JSON. */
export const checkpointIdentities = z.record(
  z.string(),
  z.union([
    z.strictObject({ content: z.string(), file: z.string().optional() }),
    z.strictObject({ code: z.string(), reason: z.string(), hint: z.string().optional() }),
  ]),
);
export type CheckpointIdentities = Readonly<z.infer<typeof checkpointIdentities>>;
