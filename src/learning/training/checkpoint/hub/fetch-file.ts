import { mkdir } from 'node:fs/promises';
import { basename, dirname, posix } from 'node:path';
import { listFiles, pathsInfo } from '@huggingface/hub';
import { lock } from 'proper-lockfile';
import { RethinkError } from '../../../../contract';
import { download, reasonOf } from '../../../../core/files/download';
import { suggest } from '../../../../core/text/did-you-mean';
import { shardsOf } from '../shards';
import { formatHubFile, type HubFile, isWeightsFile } from '../source';
import { exists, hasChecksum, HubCache } from './cache';
import { patientFetch, unreachable, type HubSettings } from './connection';
import { explainHubError } from './hub-errors';

export interface FetchOptions {
  readonly settings: HubSettings;
  readonly cache?: HubCache;
  readonly onBytes?: (done: number, total: number) => void;
}

/**
 * A checkpoint of a repository at a commit: a file, and where that is the index of a sharded one, its shards beside it.
 * @returns path of the file
 * @throws as `fetchFile`
 */
export async function fetchCheckpoint(file: HubFile, options: FetchOptions): Promise<string> {
  const path = await fetchFile(file, options);
  for (const shard of await shardsOf(path)) {
    await fetchFile({ ...file, path: posix.join(posix.dirname(file.path), shard) }, options);
  }
  return path;
}

/** A file at a commit: its length, and the checksum that names its content. */
interface Entry {
  readonly size: number;
  readonly checksum: string;
}

/**
 * A file of a repository at a commit, from the cache or from the hub into it. A transfer that was cut off
 * resumes, now or in a later call; what arrives is compared with the hub's checksum.
 * @param file its revision is a commit
 * @returns its path
 * @throws `HUB_UNREACHABLE`, `HUB_REFUSED`, `HUB_NOT_FOUND`, `HUB_ANSWER`, `HUB_CHECKSUM`, `CANCELLED`
 */
export async function fetchFile(file: HubFile, options: FetchOptions): Promise<string> {
  const { settings, cache = new HubCache() } = options;
  const commit = file.revision;
  if (await cache.has(file, commit)) return cache.snapshot(file, commit);
  const entry = await askFor(file, settings);
  const blob = cache.blob(file.repo, entry.checksum);
  await mkdir(dirname(blob), { recursive: true });
  // Stages of several runs may need the same file; the second one finds it fetched.
  const release = await lock(blob, {
    realpath: false,
    stale: 60_000,
    retries: { forever: true, maxTimeout: 1000 },
  });
  try {
    if (!(await exists(blob)) || !(await hasChecksum(blob, entry.checksum)))
      await transfer(file, entry, blob, options);
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
    const checksum = found.lfs?.oid ?? found.oid;
    if (
      checksum === undefined ||
      !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(checksum) ||
      !Number.isSafeInteger(found.size)
    ) {
      throw new RethinkError('HUB_ANSWER', `The hub states no checksum and size of ${formatHubFile(file)}.`);
    }
    return { size: found.lfs?.size ?? found.size, checksum };
  } catch (error) {
    throw explainHubError(error, file, settings);
  }
}

async function noSuchFile(file: HubFile, request: ReturnType<typeof requestFor>): Promise<RethinkError> {
  const names: string[] = [];
  for await (const { path } of listFiles({ ...request, recursive: true })) {
    if (isWeightsFile(path)) names.push(path);
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

/** Fetches the content into the cache, until all is there and has its checksum. */
async function transfer(file: HubFile, entry: Entry, blob: string, options: FetchOptions): Promise<void> {
  const { settings, onBytes } = options;
  const { endpoint, token, attempts, retryDelayMs, signal, logger } = settings;
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  try {
    // The plain address, without Xet: it serves ranges.
    await download(`${endpoint}/${file.repo}/resolve/${file.revision}/${path}`, blob, {
      attempts,
      retryDelayMs,
      signal,
      onBytes,
      size: entry.size,
      // As the hub's own tools name it.
      partialSuffix: '.incomplete',
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      refusal: (statusCode) => explainHubError({ statusCode }, file, settings),
      check: async (partial) => {
        if (!(await hasChecksum(partial, entry.checksum))) throw wrongChecksum(file, partial);
      },
      onFailedAttempt: (reason, bytes) =>
        logger?.warn('The transfer broke off and resumes.', { file: basename(file.path), bytes, reason }),
    });
  } catch (error) {
    if (!(error instanceof RethinkError) || error.code !== 'FETCH_FAILED') throw error;
    throw unreachable(endpoint, reasonOf(error.cause));
  }
}

function wrongChecksum(file: HubFile, partial: string): RethinkError {
  return new RethinkError('HUB_CHECKSUM', `The checksum of ${formatHubFile(file)} does not match.`, {
    location: { file: partial },
    hint: 'Try again later or another HF_ENDPOINT: a proxy on the way may change the content.',
  });
}
