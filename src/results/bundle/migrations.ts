import { RethinkError } from '../../contract';
import { BUNDLE_SCHEMA_VERSION } from './manifest';

type Contents = ReadonlyMap<string, Buffer>;

/**
 * Schema version → what turns the files of such a bundle into those of the next version. A bundle of each version is kept
 * in `test/fixtures` and must go on being imported.
 */
const steps: Readonly<Record<number, (contents: Contents) => Contents>> = {};

/** Files of an earlier version as today's version has them. */
export function migrateContents(
  contents: Contents,
  from: number,
  known: typeof steps = steps,
  to: number = BUNDLE_SCHEMA_VERSION,
): Contents {
  let current = contents;
  for (let version = from; version < to; version++) {
    const step = known[version];
    if (step === undefined) {
      throw new RethinkError(
        'BUNDLE_MALFORMED',
        `there is no way from schema version ${version} to ${version + 1}`,
      );
    }
    current = step(current);
  }
  return current;
}
