import { dirname } from 'node:path';
import { type Logger, RethinkError } from '../../contract';
import type { CheckpointIdentities } from '../../core/plan/checkpoint-identities';
import { hubSettings } from '../../learning/training/checkpoint/hub/connection';
import { resolveRevision } from '../../learning/training/checkpoint/hub/resolve-revision';
import { identifyCheckpoint } from '../../learning/training/checkpoint/identity';

/** Planning asks briefly: it transfers no weights, and a user waits for it. */
const attempts = 2;
const timeoutMs = 8_000;

/**
 * The identity of a source of weights, or why it is unknown.
 *
 * @param file the benchmark file that a path is relative to
 */
export async function resolveSource(
  source: string,
  file: string,
  logger: Logger,
): Promise<CheckpointIdentities[string]> {
  logger.debug(`checkpoint ${source}`);
  try {
    return await identifyCheckpoint(source, {
      baseFolder: dirname(file),
      env: process.env,
      logger,
      resolve: (hubFile) =>
        resolveRevision(hubFile, hubSettings(process.env, { attempts, logger, timeoutMs })),
    });
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    return { code: error.code, reason: error.message, hint: error.hint };
  }
}
