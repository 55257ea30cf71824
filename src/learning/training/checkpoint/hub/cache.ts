import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, lstat, mkdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { getHFHubCachePath } from '@huggingface/hub';
import { writeFileAtomically } from '../../../../core/files/atomic-file';
import { sha256OfFile } from '../../../../core/artifact/write-manifest';
import { isCommit, type HubFile } from '../source';

/**
 * The folder that all of the hub's tools share (`HF_HUB_CACHE`, `HF_HOME`, `~/.cache/huggingface/hub`), in their layout:
 * `blobs/<checksum>` hold contents, `snapshots/<commit>/<path>` point to them, `refs/<revision>` name commits. Files that timm
 * has fetched are not fetched again.
 */
export class HubCache {
  constructor(private readonly root: string = getHFHubCachePath()) {}

  private folder(repo: string, ...parts: string[]): string {
    return join(this.root, `models--${repo.replace('/', '--')}`, ...parts);
  }

  /** The commit of a branch or tag when the hub was last reached. */
  async commitOf({ repo, revision }: HubFile): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    try {
      const text = (await readFile(this.folder(repo, 'refs', revision), 'utf8')).trim();
      return isCommit(text) ? text : undefined;
    } catch {
      return undefined;
    }
  }

  async rememberCommit({ repo, revision }: HubFile, commit: string): Promise<void> {
    const file = this.folder(repo, 'refs', revision);
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomically(file, commit);
  }

  /** Path of the content with this checksum, present or not. */
  blob(repo: string, checksum: string): string {
    return this.folder(repo, 'blobs', checksum);
  }

  /** Path of a commit's file, present or not. */
  snapshot({ repo, path }: HubFile, commit: string): string {
    return this.folder(repo, 'snapshots', commit, path);
  }

  async has(file: HubFile, commit: string): Promise<boolean> {
    return exists(this.snapshot(file, commit));
  }

  /** Lets a commit's file point to its content. */
  async point(file: HubFile, commit: string, blob: string): Promise<string> {
    const pointer = this.snapshot(file, commit);
    await mkdir(dirname(pointer), { recursive: true });
    await rm(pointer, { force: true });
    try {
      await symlink(relative(dirname(pointer), blob), pointer);
    } catch (error) {
      // File systems without links, and Windows without the right to make them.
      if (!(await isMissing(pointer))) throw error;
      await copyFile(blob, pointer);
    }
    return pointer;
  }
}

/**
 * Whether a file's bytes have the checksum that names them: SHA-256 of large files (Git LFS), of small ones Git's own.
 * @param checksum 64 or 40 hexadecimal digits
 */
export async function hasChecksum(file: string, checksum: string): Promise<boolean> {
  return (checksum.length === 64 ? (await sha256OfFile(file)).sha256 : await gitChecksum(file)) === checksum;
}

async function gitChecksum(file: string): Promise<string> {
  const hash = createHash('sha1').update(`blob ${(await stat(file)).size}\0`);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

async function isMissing(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined)) === undefined;
}
