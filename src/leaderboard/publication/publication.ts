import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { artifactFileName } from '../../core/artifact/manifest';
import { sha256OfFile } from '../../core/artifact/write-manifest';
import { RethinkError } from '../../contract';

export const PUBLICATION_FILE = 'publication.json';
/** `2026-03-01`, and behind it a number where a day has several. */
const idPattern = /^\d{4}-\d{2}-\d{2}(-\d+)?$/;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const publicationSchema = z.strictObject({
  schemaVersion: z.literal(1),
  id: z.string().regex(idPattern),
  publishedAt: z.iso.datetime(),
  note: z.string().max(2000).optional(),
  rethink: z.string(),
  benchmarks: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      /** Relative to the publication's folder. */
      bundle: artifactFileName,
      trials: z.int(),
      scored: z.int(),
      /** The earlier publication that it is compared with. */
      since: z.string().optional(),
    }),
  ),
  /** All other files of the folder with their sums. */
  files: z.array(z.strictObject({ name: artifactFileName, bytes: z.int(), sha256 })),
});

/** `publication.json`: what was published, and the sums by which it is known to be unaltered. */
export type Publication = z.infer<typeof publicationSchema>;

/**
 * All publications of a folder, oldest first.
 *
 * @throws RethinkError `PUBLICATION_UNREADABLE`
 */
export function readPublications(folder: string): Publication[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => idPattern.test(name))
    .map((id) => readPublication(join(folder, id)))
    .sort((a, b) => compareIds(a.id, b.id));
}

function readPublication(folder: string): Publication {
  const file = join(folder, PUBLICATION_FILE);
  try {
    return publicationSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const what = error instanceof z.ZodError ? error.issues[0]?.message : (error as Error).message;
    throw new RethinkError(
      'PUBLICATION_UNREADABLE',
      `This file is not a valid publication: ${what ?? 'malformed'}.`,
      {
        location: { file },
        hint: 'Restore the folder from where it was published, or move it away.',
        cause: error,
      },
    );
  }
}

function compareIds(a: string, b: string): number {
  const parts = (id: string) => [id.slice(0, 10), Number(id.slice(11) || '1')] as const;
  const [[dayA, numberA], [dayB, numberB]] = [parts(a), parts(b)];
  return dayA === dayB ? numberA - numberB : dayA < dayB ? -1 : 1;
}

/** The id of a publication of today. */
export function nextId(folder: string, now: Date): string {
  const day = now.toISOString().slice(0, 10);
  for (let number = 1; ; number++) {
    const id = number === 1 ? day : `${day}-${number}`;
    if (!existsSync(join(folder, id))) return id;
  }
}

/**
 * Holds a publication's files against their sums.
 *
 * @returns what is wrong, a line each; empty where it is as it was published
 */
export async function checkPublication(folder: string, { id, files }: Publication): Promise<string[]> {
  const wrong: string[] = [];
  for (const { name, bytes, sha256: sum } of files) {
    const file = join(folder, id, name);
    if (!existsSync(file)) {
      wrong.push(`${id}/${name} is missing`);
      continue;
    }
    const found = await sha256OfFile(file);
    if (found.bytes !== bytes || found.sha256 !== sum) wrong.push(`${id}/${name} was altered`);
  }
  return wrong;
}
