import { dirname } from 'node:path';
import { type Logger, RethinkError } from '../../contract';
import { hubSettings } from '../../learning/training/checkpoint/hub/connection';
import { resolveRevision } from '../../learning/training/checkpoint/hub/resolve-revision';
import { identifyCheckpoint } from '../../learning/training/checkpoint/identity';
import type { CheckpointIdentities } from '../../core/plan/checkpoint-identities';

/** Planning asks briefly: it is no transfer, and somebody waits for it. */
const attempts = 2;
const patienceMs = 8_000;

/** What a source of weights that a benchmark file's plan names holds, or why that could not be found out. */
export async function identifySource(
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
        resolveRevision(hubFile, hubSettings(process.env, { attempts, logger, timeoutMs: patienceMs })),
    });
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    return { code: error.code, reason: error.message, hint: error.hint };
  }
}
