import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export const MANIFEST_FILE = 'manifest.json';
export const MANIFEST_VERSION = 1;

export const stageKeyPattern = /^[0-9a-f]{64}$/;

/** A name inside an artifact: relative, with `/`, never out of the folder, whatever system reads it. */
export const artifactFileName = z
  .string()
  .min(1)
  .refine(
    (name) =>
      !name.includes('\\') &&
      !name.includes('\0') &&
      !/^[A-Za-z]:/.test(name) &&
      name.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'a path inside the artifact',
  );

const manifestSchema = z.strictObject({
  schemaVersion: z.literal(MANIFEST_VERSION),
  key: z.string().regex(stageKeyPattern),
  files: z.array(
    z.strictObject({
      name: artifactFileName,
      bytes: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

/** What an artifact holds; written last, so that its presence means that all the rest is there. */
export type ArtifactManifest = z.infer<typeof manifestSchema>;
export type ManifestFile = ArtifactManifest['files'][number];

/** With `sound: false`, what is wrong, as a clause for a warning. */
export type Soundness =
  | { readonly sound: true; readonly manifest: ArtifactManifest }
  | { readonly sound: false; readonly reason: string };

/** Reads the manifest and compares the files' sizes with it: cheap enough for every stage of a large plan. */
export function inspectArtifact(folder: string, key: string): Soundness {
  let text: string;
  try {
    text = readFileSync(join(folder, MANIFEST_FILE), 'utf8');
  } catch (error) {
    return {
      sound: false,
      reason: `${MANIFEST_FILE} cannot be read (${(error as NodeJS.ErrnoException).code})`,
    };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { sound: false, reason: `${MANIFEST_FILE} is not valid JSON` };
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { sound: false, reason: `${MANIFEST_FILE}: ${issue?.path.join('.')}: ${issue?.message}` };
  }
  if (parsed.data.key !== key) return { sound: false, reason: `${MANIFEST_FILE} is for another stage` };
  for (const file of parsed.data.files) {
    const stat = statSync(join(folder, file.name), { throwIfNoEntry: false });
    if (!stat?.isFile()) return { sound: false, reason: `${file.name} is missing` };
    if (stat.size !== file.bytes) {
      return { sound: false, reason: `${file.name} has ${stat.size} bytes instead of ${file.bytes}` };
    }
  }
  return { sound: true, manifest: parsed.data };
}
