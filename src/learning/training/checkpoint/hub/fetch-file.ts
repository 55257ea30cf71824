import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { downloadFile, listFiles, pathsInfo } from '@huggingface/hub';
import { lock } from 'proper-lockfile';
import { syncFile } from '../../../../core/files/atomic-file';
import { RethinkError } from '../../../../contract';
import { suggest } from '../../../../core/text/did-you-mean';
import { formatHubFile, type HubFile } from '../source';
import { exists, hasSum, HubCache } from './cache';
import {
  cancelled,
  delayBefore,
  patientFetch,
  pause,
  RangeIgnored,
  unreachable,
  type HubSettings,
} from './connection';
import { explainHubError } from './hub-errors';

export interface FetchOptions {
  readonly settings: HubSettings;
  readonly cache?: HubCache;
  readonly onBytes?: (done: number, total: number) => void;
}

/** A file at a commit: how long it is, and the sum that names its content. */
interface Entry {
  readonly size: number;
  readonly sum: string;
}

/**
 * A file of a repository at a commit, from the cache or from the hub into it. A transfer that was cut off goes on where
 * it stood, now or in a later call; what arrives is held against the hub's sum.
 * @param file its revision is a commit
 * @returns where it lies
 * @throws `HUB_UNREACHABLE`, `HUB_REFUSED`, `HUB_NOT_FOUND`, `HUB_ANSWER`, `HUB_CHECKSUM`, `CANCELLED`
 */
export async function fetchFile(file: HubFile, options: FetchOptions): Promise<string> {
  const { settings, cache = new HubCache() } = options;
  const commit = file.revision;
  if (await cache.has(file, commit)) return cache.snapshot(file, commit);
  const entry = await askFor(file, settings);
  const blob = cache.blob(file.repo, entry.sum);
  await mkdir(dirname(blob), { recursive: true });
  // Stages of several runs may want the same file; the second one finds it fetched.
  const release = await lock(blob, {
    realpath: false,
    stale: 60_000,
    retries: { forever: true, maxTimeout: 1000 },
  });
  try {
    if (!(await exists(blob)) || !(await hasSum(blob, entry.sum))) await transfer(file, entry, blob, options);
    return await cache.point(file, commit, blob);
  } finally {
    await release();
  }
}

async function askFor(file: HubFile, settings: HubSettings): Promise<Entry> {
  const request = requestFor(file, settings);
  try {
    const [found] = await pathsInfo({ ...request, paths: [file.path] });
    if (found === undefined) throw await noSuchFile(file, request);
    const sum = found.lfs?.oid ?? found.oid;
    if (
      sum === undefined ||
      !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(sum) ||
      !Number.isSafeInteger(found.size)
    ) {
      throw new RethinkError('HUB_ANSWER', `The hub states no sum and size of ${formatHubFile(file)}.`);
    }
    return { size: found.lfs?.size ?? found.size, sum };
  } catch (error) {
    throw explainHubError(error, file, settings);
  }
}

async function noSuchFile(file: HubFile, request: ReturnType<typeof requestFor>): Promise<RethinkError> {
  const names: string[] = [];
  for await (const { path } of listFiles({ ...request, recursive: true })) {
    if (path.endsWith('.safetensors')) names.push(path);
  }
  return new RethinkError('HUB_NOT_FOUND', `The hub has no ${formatHubFile(file)}.`, {
    hint:
      names.length === 0
        ? 'The repository has no .safetensors file; convert its weights and name their path.'
        : suggest(file.path, names),
  });
}

function requestFor({ repo, revision }: HubFile, settings: HubSettings) {
  return {
    repo: { type: 'model' as const, name: repo },
    revision,
    hubUrl: settings.endpoint,
    accessToken: settings.token,
    fetch: patientFetch(settings),
  };
}

/** Fetches what is missing of `blob` into a neighbour, until all is there and has its sum. */
async function transfer(file: HubFile, entry: Entry, blob: string, options: FetchOptions): Promise<void> {
  const { settings } = options;
  const partial = `${blob}.incomplete`;
  let failures = 0;
  let reached = await lengthOf(partial);
  let checked = false;
  for (;;) {
    const length = await lengthOf(partial);
    if (length === entry.size) {
      if (await hasSum(partial, entry.sum)) break;
      // The first time, an earlier attempt may have left other bytes.
      if (checked) throw wrongSum(file, partial);
      checked = true;
    }
    if (length >= entry.size) await rm(partial, { force: true });
    if (settings.signal?.aborted === true) throw cancelled();
    const diagnostic = await append(file, entry, partial, options);
    if (diagnostic === undefined) continue;
    const now = await lengthOf(partial);
    failures = now > reached ? 0 : failures + 1;
    reached = Math.max(reached, now);
    if (failures >= settings.attempts) throw unreachable(settings.endpoint, diagnostic);
    settings.logger?.warn('the transfer broke off and goes on', {
      file: basename(file.path),
      bytes: now,
      diagnostic,
    });
    await pause(delayBefore(Math.max(1, failures), settings), settings.signal);
  }
  await syncFile(partial);
  await rename(partial, blob);
}

/**
 * Appends what the hub sends from the file's present length on.
 * @returns why it broke off
 */
async function append(
  file: HubFile,
  { size, sum }: Entry,
  partial: string,
  { settings, onBytes }: FetchOptions,
): Promise<string | undefined> {
  const start = (await exists(partial)) ? await lengthOf(partial) : 0;
  // The library turns what goes wrong before the first byte into text; here it is kept.
  let refused: unknown;
  const request = requestFor(file, settings);
  const noting: typeof fetch = async (input, init) => {
    try {
      const response = await request.fetch(input, init);
      if (!response.ok) refused = { statusCode: response.status };
      return response;
    } catch (error) {
      refused = error;
      throw error;
    }
  };
  try {
    const url = `${settings.endpoint}/${file.repo}/resolve/${file.revision}/${file.path}`;
    const blob = await downloadFile({
      ...request,
      path: file.path,
      fetch: noting,
      // Size and sum are known; the way without Xet can be taken up again at any byte.
      xet: false,
      downloadInfo: { size, etag: sum, url },
    });
    if (blob === null) throw new RethinkError('HUB_NOT_FOUND', `The hub has no ${formatHubFile(file)}.`);
    let done = start;
    const counter = new Transform({
      transform(chunk: Buffer, _, next) {
        done += chunk.length;
        onBytes?.(done, size);
        next(null, chunk);
      },
    });
    const body = Readable.fromWeb(blob.slice(start, size).stream() as ReadableStream);
    await pipeline(body, counter, createWriteStream(partial, { flags: 'a' }), { signal: settings.signal });
    return done >= size ? undefined : 'the hub sent less than it announced';
  } catch (error) {
    if (settings.signal?.aborted === true) throw cancelled();
    if (refused !== undefined) return await afterRefusal(refused, file, partial, settings);
    if (isOfDisk(error)) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

/** A server that knows no ranges is asked from the beginning; anything else is final. */
async function afterRefusal(
  refused: unknown,
  file: HubFile,
  partial: string,
  settings: HubSettings,
): Promise<string> {
  if (refused instanceof RangeIgnored) {
    await truncate(partial, 0);
    return refused.message;
  }
  // The range begins behind the end: what is there is not a part of this file.
  if ((refused as { statusCode?: number }).statusCode === 416) {
    await truncate(partial, 0);
    return 'the hub knows no such part of the file';
  }
  throw explainHubError(refused, file, settings);
}

function isOfDisk(error: unknown): boolean {
  return /^(ENOSPC|EDQUOT|EACCES|EPERM|EROFS|EIO)$/.test((error as NodeJS.ErrnoException).code ?? '');
}

async function lengthOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

function wrongSum(file: HubFile, partial: string): RethinkError {
  return new RethinkError(
    'HUB_CHECKSUM',
    `What the hub sends as ${formatHubFile(file)} has not the stated sum.`,
    {
      location: { file: partial },
      hint: 'Try again later or another HF_ENDPOINT; a proxy on the way may change what passes it.',
    },
  );
}
