import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { RethinkError, type Logger } from '../../../../contract';
import {
  cancelled,
  longestDelayMs,
  reasonOf,
  requestedDelayMs,
  transientStatuses,
} from '../../../../core/files/download';

/** How a hub is reached. */
export interface HubSettings {
  /** Base address, without a slash at its end. */
  readonly endpoint: string;
  /** For private and gated repositories. */
  readonly token?: string;
  /** Nothing is asked of the network. */
  readonly offline: boolean;
  /** Times that a request is tried before the hub counts as out of reach. */
  readonly attempts: number;
  /** Before the first repetition, in milliseconds; each further one waits twice as long. */
  readonly retryDelayMs: number;
  /** For one request with its answer; by default only the connection's own limit applies. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
}

const defaultEndpoint = 'https://huggingface.co';

/**
 * Settings as the hub's own tools take them from the environment: `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE`.
 * @throws `HUB_SETTINGS`
 */
export function hubSettings(
  environment: NodeJS.ProcessEnv = process.env,
  changes: Partial<HubSettings> = {},
): HubSettings {
  const endpoint = (environment['HF_ENDPOINT'] || defaultEndpoint).replace(/\/+$/, '');
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint)) {
    throw new RethinkError('HUB_SETTINGS', `HF_ENDPOINT is not a web address: “${endpoint}”.`);
  }
  const token = environment['HF_TOKEN']?.trim() || undefined;
  if (token !== undefined && !token.startsWith('hf_')) {
    throw new RethinkError('HUB_SETTINGS', 'HF_TOKEN is not a valid access token (expected prefix hf_).');
  }
  const offline = /^(1|true|yes|on)$/i.test(environment['HF_HUB_OFFLINE'] ?? '');
  return { endpoint, token, offline, attempts: 6, retryDelayMs: 500, ...changes };
}

/**
 * `fetch` for the hub's client library: repeats transient failures, gives up on permanent ones.
 * @throws `HUB_UNREACHABLE`, `CANCELLED`
 */
export function patientFetch(settings: HubSettings): typeof fetch {
  const { endpoint, offline, attempts, retryDelayMs, signal, logger } = settings;
  return async (input, init = {}) => {
    if (offline) throw unreachable(endpoint, 'HF_HUB_OFFLINE is set');
    const attempt = async () => {
      const response = await fetch(input, { ...init, signal: limited(settings) });
      if (!transientStatuses.has(response.status)) return response;
      await response.body?.cancel();
      await sleep(requestedDelayMs(response), undefined, { signal });
      throw new Error(`it answered ${response.status}`);
    };
    try {
      return await pRetry(attempt, {
        retries: attempts - 1,
        minTimeout: retryDelayMs,
        maxTimeout: longestDelayMs,
        factor: 2,
        signal,
        onFailedAttempt: (error) =>
          logger?.debug('The request to the hub failed.', {
            reason: reasonOf(error),
            attempt: error.attemptNumber,
          }),
      });
    } catch (error) {
      if (signal?.aborted === true) throw cancelled();
      throw unreachable(endpoint, reasonOf(error));
    }
  };
}

function limited({ signal, timeoutMs }: HubSettings): AbortSignal | null {
  const limits = [signal, timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)];
  return AbortSignal.any(limits.filter((limit) => limit !== undefined));
}

export function unreachable(endpoint: string, reason: string): RethinkError {
  return new RethinkError('HUB_UNREACHABLE', `The hub ${endpoint} cannot be reached: ${reason}.`, {
    hint: 'Fetch the file by hand and name its path as the source, or set HF_ENDPOINT to a mirror.',
  });
}
