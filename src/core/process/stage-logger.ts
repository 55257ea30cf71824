import pino from 'pino';
import type { Logger } from '../../contract';

/** The contract's logger, and the level that only the host uses. */
export interface StageLogger extends Logger {
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Writes pino's JSON lines to standard output, from where the host takes them into the stage's log. */
export function createStageLogger(): StageLogger {
  const lines = pino(
    { base: undefined, level: process.env['RETHINK_LOG_LEVEL'] ?? 'info' },
    pino.destination({ fd: 1, sync: true }),
  );
  return {
    debug: (message, fields) => lines.debug(fields ?? {}, message),
    info: (message, fields) => lines.info(fields ?? {}, message),
    warn: (message, fields) => lines.warn(fields ?? {}, message),
    error: (message, fields) => lines.error(fields ?? {}, message),
  };
}
