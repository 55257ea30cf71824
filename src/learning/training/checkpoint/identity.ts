import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { existingPath, type PathContext } from '../../../core/files/paths';
import { sha256OfFile } from '../../../core/artifact/write-manifest';
import type { Logger } from '../../../contract';
import { RethinkError } from '../../../contract';
import { formatHubFile, parseSource, type HubFile } from './source';
import { checkFiles, shardsOf } from './shards';

/** What a source of weights holds, as a plan knows it. */
export interface CheckpointIdentity {
  /**
   * Decides the content and nothing else: `sha256:…` of a file (of a manifest: of it and its shards), or
   * `hf:owner/name@commit#file`. With another revision than a commit: the hub was out of reach when the plan was made.
   */
  readonly content: string;
  /** Absolute path of a local file: this machine's, never part of a stage key. */
  readonly file?: string;
}

/** How the hub reports the commit of a revision. */
export type RevisionResolver = (file: HubFile) => Promise<HubFile>;

/**
 * Finds out what a source holds.
 * @param source as `parseSource` reads it; paths are relative to the benchmark file and may use `${NAME}`
 * @throws `CHECKPOINT_SOURCE`, `PATH_MISSING`, `PATH_VARIABLE`, what `checkFiles` throws, and what the resolver throws except
 * `HUB_UNREACHABLE`
 */
export async function identifyCheckpoint(
  source: string,
  context: PathContext & { readonly resolve: RevisionResolver; readonly logger: Logger },
): Promise<CheckpointIdentity> {
  const location = parseSource(source);
  if (location.type === 'file') {
    const file = existingPath(location.path, source, 'file', context);
    await checkFiles(file);
    return { file, content: await contentOf(file) };
  }
  try {
    return { content: formatHubFile(await context.resolve(location)) };
  } catch (error) {
    if (!(error instanceof RethinkError) || error.code !== 'HUB_UNREACHABLE') throw error;
    // Planning is possible offline; a stage that needs the weights fails when it runs, with the same error.
    context.logger.warn(`${error.message} ${formatHubFile(location)} is planned without its commit.`);
    return { content: formatHubFile(location) };
  }
}

/** SHA-256 over all that is read of a local checkpoint. */
export async function contentOf(file: string): Promise<string> {
  if (!file.endsWith('.json')) return `sha256:${(await sha256OfFile(file)).sha256}`;
  const hash = createHash('sha256').update(await readFile(file));
  for (const shard of await shardsOf(file)) {
    hash.update((await sha256OfFile(join(dirname(file), shard))).sha256);
  }
  return `sha256:${hash.digest('hex')}`;
}
