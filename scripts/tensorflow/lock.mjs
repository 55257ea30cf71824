import lockfile from 'proper-lockfile';
import { SetUpError, log } from './log.mjs';

/**
 * Waits until no other set-up is using the folder.
 * The owner refreshes the lock while it lives; the lock of a killed owner goes stale after 30 s.
 */
export async function holdLock(folder) {
  const acquire = (retries) => lockfile.lock(folder, { stale: 30_000, update: 5_000, retries });
  try {
    return await acquire(0);
  } catch (error) {
    if (error.code !== 'ELOCKED') throw error;
  }
  log('Waiting for another set-up in this repository.');
  try {
    return await acquire({ retries: 900, factor: 1, minTimeout: 2_000, maxTimeout: 2_000 });
  } catch (error) {
    if (error.code !== 'ELOCKED') throw error;
    throw new SetUpError(
      'Another set-up has been running for half an hour.',
      `Remove ${folder}.lock if none is running.`,
    );
  }
}
