import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { RethinkError } from '../../../contract';
import { readJson } from '../../../core/json/read-json';
import { suggest } from '../../../core/text/did-you-mean';
import { packageFolder } from '../../../core/files/package-folder';

/** COCO's own sets of images that have boxes. */
const cocoSets = ['train2017', 'val2017'] as const;
export type CocoSet = (typeof cocoSets)[number];

const ids = z.array(z.int().positive()).min(1);

const subsetSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  /** Split → COCO's set → ids of its images. */
  splits: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), z.partialRecord(z.enum(cocoSets), ids)),
});
/** A fixed part of COCO: which images make up which split. Nothing of the images themselves. */
export type CocoSubset = z.output<typeof subsetSchema>;

/** Folder of the lists that ship. */
export const subsetFolder = join(packageFolder, 'benchmarks', 'subsets');

/**
 * A subset by its name, or from a file (`….json`).
 *
 * @throws RethinkError `SUBSET_UNKNOWN`, `SUBSET_MALFORMED` and those of `readJson`
 */
export function readCocoSubset(nameOrFile: string): CocoSubset {
  const file = nameOrFile.endsWith('.json') ? nameOrFile : join(subsetFolder, `coco-${nameOrFile}.json`);
  if (!existsSync(file)) {
    const names = readdirSync(subsetFolder)
      .filter((entry) => /^coco-.*\.json$/.test(entry))
      .map((entry) => basename(entry, '.json').slice('coco-'.length));
    throw new RethinkError('SUBSET_UNKNOWN', `There is no subset "${nameOrFile}".`, {
      hint: suggest(nameOrFile, names),
    });
  }
  const malformed = (message: string, path?: string) =>
    new RethinkError('SUBSET_MALFORMED', message, { location: { file, path } });
  const parsed = subsetSchema.safeParse(readJson(file));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw malformed(`The subset is malformed: ${issue.message}.`, issue.path.join('.'));
  }
  const seen = new Map<number, string>();
  for (const [split, sets] of Object.entries(parsed.data.splits)) {
    for (const id of Object.values(sets).flat()) {
      const other = seen.get(id);
      if (other !== undefined) throw malformed(`Image ${id} is in both ${other} and ${split}.`, split);
      seen.set(id, split);
    }
  }
  return parsed.data;
}
