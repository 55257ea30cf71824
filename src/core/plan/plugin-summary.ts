import { z } from 'zod';
import { pluginKinds } from '../../contract';
import { MAX_CODE, MAX_NAME, MAX_TEXT } from './limits';

const name = z.string().min(1).max(MAX_NAME);
const text = z.string().max(MAX_TEXT);

export const pluginSummarySchema = z.strictObject({
  kind: z.enum(pluginKinds),
  name,
  status: z.enum(['ok', 'broken']),
  /** Why it is broken, with its code and what to do about it. */
  code: z.string().max(MAX_CODE).optional(),
  reason: text.optional(),
  hint: text.optional(),
  version: z.string().max(100).optional(),
  description: text.optional(),
  options: z
    .array(
      z
        .strictObject({ name, type: text, default: z.unknown().optional(), description: text.optional() })
        .readonly(),
    )
    .readonly()
    .optional(),
  authors: z.array(text).readonly().optional(),
  /** Paper or page that it follows. */
  source: text.optional(),
  /** A major version, or a range of versions. */
  contract: z.union([z.int(), name]).optional(),
  /** Digest of the code that was found; the report of `plugin check` is found by it. */
  codeDigest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/** A plugin for the pages: its own description, or why it cannot be used. */
export type PluginSummary = Readonly<z.infer<typeof pluginSummarySchema>>;
