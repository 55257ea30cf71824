import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { explainStorageError } from '../../core/files/storage-error';
import { RethinkError } from '../../contract';

/** Marks a folder as one that a report may replace. */
const marker = '.rethink-site';

/**
 * Builds a folder beside its target and moves it there when complete, so that nobody reads half a site and pages of
 * removed trials disappear.
 *
 * @throws RethinkError `REPORT_FOLDER_TAKEN` where the folder holds something that no report wrote
 */
export async function replaceFolder<T>(folder: string, build: (draft: string) => Promise<T>): Promise<T> {
  const target = resolve(folder);
  if (existsSync(target) && !existsSync(join(target, marker)) && readdirSync(target).length > 0) {
    throw new RethinkError(
      'REPORT_FOLDER_TAKEN',
      'The folder for the pages contains files that no report wrote.',
      {
        location: { file: target },
        hint: 'Name an empty folder, or empty this one.',
      },
    );
  }
  const suffix = `${process.pid}.${randomBytes(3).toString('hex')}`;
  const [draft, old] = [`${target}.draft.${suffix}`, `${target}.old.${suffix}`];
  try {
    mkdirSync(dirname(target), { recursive: true });
    mkdirSync(draft);
    writeFileSync(join(draft, marker), 'Pages of Rethink Bench. The next report replaces this folder.\n');
    const result = await build(draft);
    if (existsSync(target)) renameSync(target, old);
    renameSync(draft, target);
    rmSync(old, { recursive: true, force: true });
    return result;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (existsSync(old) && !existsSync(target)) renameSync(old, target);
    throw explainStorageError(error, { file: target }) ?? error;
  }
}
