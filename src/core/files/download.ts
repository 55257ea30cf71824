import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pRetry, { AbortError } from 'p-retry';
import { syncFile } from './atomic-file';
import { RethinkError } from '../../contract';

export interface DownloadOptions {
  readonly signal?: AbortSignal;
  /** Attempts at a transfer without progress; 6 by default. */
  readonly attempts?: number;
  /** Before the first repetition; each further one waits twice as long, up to 30 s. */
  readonly retryDelayMs?: number;
  /** A connection that is silent for so long counts as broken. */
  readonly silenceMs?: number;
  /** How many bytes there are of how many (0 where the server does not say). */
  readonly onBytes?: (done: number, total: number) => void;
  /** Checks the whole file before it gets its name. @throws RethinkError where the content is wrong */
  readonly check?: (partial: string) => Promise<void>;
  /**
   * Bytes of the file, where the caller knows and checks its content: the transfer then resumes without a confirmation by
   * the server.
   */
  readonly size?: number;
  /** Of the unfinished file; `.partial` by default. */
  readonly partialSuffix?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The error for an answer that no repetition changes. */
  readonly refusal?: (status: number) => RethinkError;
  /** Is told why an attempt failed, and how many bytes there are. */
  readonly onFailedAttempt?: (reason: string, bytes: number) => void;
}

/** Statuses of answers that mean “later”, not “no”. */
export const transientStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
export const longestDelayMs = 30_000;
const userAgent = 'rethink-bench (few connections)';

/**
 * Fetches a file. What arrives is stored beside it in `.partial`, and the next attempt, now or in a later run, asks for
 * the rest, if the server confirms that it is still the same file (`If-Range`) or `size` is given. An ETag that is an MD5
 * checksum, as object stores send, is compared with the content. The file appears under its name when it is whole.
 *
 * @throws RethinkError `FETCH_REFUSED` (refused by the server), `FETCH_FAILED` (after all attempts), `FETCH_CHECKSUM`,
 * `CANCELLED`; errors of the disk as they are; what `refusal` returns; what `check` throws, after a second
 * attempt from nothing
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  const { signal, attempts = 6, retryDelayMs = 500, partialSuffix = '.partial' } = options;
  const partial = `${file}${partialSuffix}`;
  await mkdir(dirname(file), { recursive: true });
  let reached = await lengthOf(partial);
  let checksFailed = 0;
  for (;;) {
    try {
      if (options.size === undefined || (await lengthOf(partial)) !== options.size) {
        await pRetry(() => attempt(url, partial, options), {
          retries: attempts - 1,
          minTimeout: retryDelayMs,
          maxTimeout: longestDelayMs,
          factor: 2,
          signal,
          onFailedAttempt: async (error) =>
            options.onFailedAttempt?.(reasonOf(error), await lengthOf(partial)),
        });
      }
      await finish(url, partial, options);
      break;
    } catch (error) {
      if (signal?.aborted === true) throw cancelled();
      if (error instanceof WrongContent) {
        // What an earlier run left may be of another file; from nothing, it is the server's.
        await forget(partial);
        if (++checksFailed > 1) throw error.error;
        continue;
      }
      if (error instanceof RethinkError || isOfDisk(error)) throw error;
      const length = await lengthOf(partial);
      // As long as something comes, a bad line is only slow.
      if (length > reached) {
        reached = length;
        continue;
      }
      throw new RethinkError('FETCH_FAILED', `${url} cannot be fetched: ${reasonOf(error)}.`, {
        location: { file: partial },
        hint: 'Run the same command again: it resumes there.',
        cause: error,
      });
    }
  }
  await syncFile(partial);
  await rename(partial, file);
  await rm(etagFile(partial), { force: true });
}

class WrongContent extends Error {
  constructor(readonly error: RethinkError) {
    super(error.message);
  }
}

async function attempt(url: string, partial: string, options: DownloadOptions): Promise<void> {
  const { size } = options;
  const present = await lengthOf(partial);
  const etag = present > 0 && size === undefined ? await etagOf(partial) : '';
  const canResume = size === undefined ? etag !== '' : present < size;
  const from = canResume ? present : 0;
  const silence = new AbortController();
  const clock = setTimeout(() => silence.abort(), options.silenceMs ?? 60_000);
  const signal = AbortSignal.any([silence.signal, ...(options.signal ? [options.signal] : [])]);
  try {
    const response = await fetch(url, {
      signal,
      headers: {
        'user-agent': userAgent,
        // A compressed body has neither the stated length nor ranges.
        'accept-encoding': 'identity',
        ...options.headers,
        ...(from > 0 && { range: `bytes=${from}-${size === undefined ? '' : size - 1}` }),
        ...(from > 0 && etag !== '' && { 'if-range': etag }),
      },
    });
    await refuseOthers(response, url, options);
    if (response.status === 416) {
      await response.body?.cancel();
      await forget(partial);
      throw new Error('the server has no such part of the file');
    }
    const resumes = response.status === 206 && startOf(response) === from;
    if (response.status === 206 && !resumes) {
      await response.body?.cancel();
      await forget(partial);
      throw new Error('the server sent another part than the requested one');
    }
    const start = resumes ? from : 0;
    if (size === undefined) await writeFile(etagFile(partial), response.headers.get('etag') ?? '');
    await receive(response, partial, start, clock, options);
  } catch (error) {
    if (silence.signal.aborted) throw new Error('the server fell silent', { cause: error });
    // The library repeats network errors only.
    if (error instanceof RethinkError || isOfDisk(error)) throw new AbortError(error as Error);
    throw error instanceof TypeError ? new Error(reasonOf(error)) : error;
  } finally {
    clearTimeout(clock);
  }
}

async function refuseOthers(
  response: Response,
  url: string,
  { signal, refusal }: DownloadOptions,
): Promise<void> {
  if (response.ok || response.status === 416) return;
  await response.body?.cancel();
  if (transientStatuses.has(response.status)) {
    const delayMs = requestedDelayMs(response);
    if (delayMs > 0) await sleep(delayMs, undefined, { signal });
    throw new Error(`the server answered ${response.status}`);
  }
  if (refusal !== undefined) throw refusal(response.status);
  throw new RethinkError('FETCH_REFUSED', `The server answers ${response.status} to ${url}.`, {
    hint: 'The address may have changed: name a mirror by --base-url, or a copy on disk by --from.',
  });
}

/** How long a server asks to be left alone. */
export function requestedDelayMs(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? Math.min(longestDelayMs, 1000 * Math.max(0, seconds)) : 0;
}

async function receive(
  response: Response,
  partial: string,
  start: number,
  clock: NodeJS.Timeout,
  { onBytes, size }: DownloadOptions,
): Promise<void> {
  const length = response.headers.get('content-length');
  const total = size ?? (length === null ? 0 : start + Number(length));
  let done = start;
  // Written chunk by chunk: what came before the line was cut is on the disk.
  const file = await open(partial, start === 0 ? 'w' : 'r+');
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      await file.write(chunk, 0, chunk.length, done);
      done += chunk.length;
      clock.refresh();
      onBytes?.(done, total);
    }
  } finally {
    await file.close();
  }
  if (total > 0 && done !== total) throw new Error(`${done} bytes came instead of ${total}`);
}

/** Compares the content with an MD5 in the ETag, and runs the caller's own check. */
async function finish(url: string, partial: string, { check }: DownloadOptions): Promise<void> {
  const stated = /^"([0-9a-f]{32})"$/.exec(await etagOf(partial))?.[1];
  if (stated !== undefined && (await md5Of(partial)) !== stated) {
    throw new WrongContent(
      new RethinkError('FETCH_CHECKSUM', `The checksum of ${url} differs from the server's.`, {
        hint: 'A proxy on the way may change the content: try again later or elsewhere.',
      }),
    );
  }
  try {
    await check?.(partial);
  } catch (error) {
    if (error instanceof RethinkError) throw new WrongContent(error);
    throw error;
  }
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function startOf(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? -1);
}

async function etagOf(partial: string): Promise<string> {
  return readFile(etagFile(partial), 'utf8').catch(() => '');
}

function etagFile(partial: string): string {
  return `${partial}.etag`;
}

async function forget(partial: string): Promise<void> {
  await rm(partial, { force: true });
  await rm(etagFile(partial), { force: true });
}

async function lengthOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

function isOfDisk(error: unknown): boolean {
  return /^(ENOSPC|EDQUOT|EACCES|EPERM|EROFS|EIO)$/.test((error as NodeJS.ErrnoException).code ?? '');
}

/** The innermost cause: `ECONNREFUSED` tells more than “fetch failed”. */
export function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof TypeError && reason.cause instanceof Error) reason = reason.cause;
  return reason instanceof Error
    ? ((reason as NodeJS.ErrnoException).code ?? reason.message)
    : String(reason);
}

export function cancelled(): RethinkError {
  return new RethinkError('CANCELLED', 'The transfer was stopped.', {
    hint: 'Run the same command again: it resumes there.',
  });
}
