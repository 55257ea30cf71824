import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Workspace } from '../../core/artifact/workspace';

const conformanceSchema = z.object({
  passed: z.boolean(),
  checkedAt: z.string().optional(),
  checks: z.array(
    z.object({
      title: z.string(),
      status: z.enum(['passed', 'failed', 'skipped']),
      findings: z
        .array(z.object({ code: z.string(), severity: z.string(), seen: z.string(), fix: z.string() }))
        .default([]),
    }),
  ),
});

/** What the conformance suite found in a plugin. */
export type Conformance = z.output<typeof conformanceSchema>;

/**
 * The last report of `plugin check` on this code, stored in the workspace by the code's digest.
 *
 * @returns `undefined` where it has not been checked, or the report is of another version
 */
export function readConformance(workspace: string, codeDigest: string | undefined): Conformance | undefined {
  if (codeDigest === undefined || !/^[0-9a-f]{64}$/.test(codeDigest)) return undefined;
  try {
    const json: unknown = JSON.parse(
      readFileSync(new Workspace(workspace).conformanceReport(codeDigest), 'utf8'),
    );
    return conformanceSchema.parse(json);
  } catch {
    return undefined;
  }
}
