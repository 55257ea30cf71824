import lockfile from 'proper-lockfile';
import { SetUpError, say } from './say.mjs';

/**
 * Waits until no other set-up works in the folder.
 * A lock whose owner was killed goes stale after 30 s, because the owner touches it as long as it lives.
 */
export async function holdLock(folder) {
  const take = (retries) => lockfile.lock(folder, { stale: 30_000, update: 5_000, retries });
  try {
    return await take(0);
  } catch (error) {
    if (error.code !== 'ELOCKED') throw error;
  }
  say('Another set-up is at work in this repository: waiting for it.');
  try {
    return await take({ retries: 900, factor: 1, minTimeout: 2_000, maxTimeout: 2_000 });
  } catch (error) {
    if (error.code !== 'ELOCKED') throw error;
    throw new SetUpError(
      'Another set-up has been at work for half an hour.',
      `Remove ${folder}.lock if none is.`,
    );
  }
}
