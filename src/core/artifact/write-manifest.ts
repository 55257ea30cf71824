import { createHash } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { RethinkError } from '../../contract';
import { syncFile, syncFolder, writeFileDurably } from '../files/atomic-file';
import { MANIFEST_FILE, MANIFEST_VERSION, type ArtifactManifest, type ManifestFile } from './manifest';

/** SHA-256 of a file's bytes, 64 hexadecimal digits. */
export async function sha256OfFile(file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Names of all files under a folder, with `/`, in alphabetical order. */
export function listFiles(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const names = entries.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) return [];
    if (entry.isFile()) return relative(folder, path).split(sep).join('/');
    throw new RethinkError('ARTIFACT_ODD_FILE', 'An artifact may contain only plain files and folders.', {
      location: { file: path },
      hint: 'The stage created a link, a socket or a device there.',
    });
  });
  return names.sort();
}

/** Checksums of files of a folder, which are fsynced. */
export async function checksumFiles(folder: string, names: readonly string[]): Promise<ManifestFile[]> {
  const files: ManifestFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    files.push({ name, ...(await sha256OfFile(path)) });
    await syncFile(path);
  }
  return files;
}

/** Writes the manifest as the last file, which completes the artifact. */
export function writeManifest(folder: string, key: string, files: readonly ManifestFile[]): ArtifactManifest {
  const manifest: ArtifactManifest = { schemaVersion: MANIFEST_VERSION, key, files: [...files] };
  const folders = new Set(files.map((file) => join(folder, file.name, '..')));
  for (const each of folders) syncFolder(each);
  writeFileDurably(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  syncFolder(folder);
  return manifest;
}
