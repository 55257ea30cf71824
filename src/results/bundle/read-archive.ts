import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import yauzl from 'yauzl';
import { RethinkError } from '../../contract';
import { explainZipError, malformed } from './bundle-errors';
import { readJsonAs } from './parse-json';
import {
  anyManifestSchema,
  BUNDLE_MANIFEST,
  BUNDLE_SCHEMA_VERSION,
  type BundleManifest,
  bundleManifestSchema,
} from './manifest';

export interface ArchiveLimits {
  /** Of the file itself. */
  readonly fileBytes: number;
  /** Of all its files, unpacked. */
  readonly unpackedBytes: number;
  readonly entries: number;
}

/** Far above any plausible bundle, far below what hurts a machine. */
export const defaultLimits: ArchiveLimits = {
  fileBytes: 512 * 2 ** 20,
  unpackedBytes: 1024 * 2 ** 20,
  entries: 50_000,
};

export interface Archive {
  readonly file: string;
  /** Of the file's bytes. */
  readonly sha256: string;
  readonly manifest: BundleManifest;
  /** All but the manifest, with checksums verified. */
  readonly contents: ReadonlyMap<string, Buffer>;
}

/**
 * Opens a bundle: unpacks it in memory within limits, and compares every file with the manifest.
 *
 * @throws RethinkError `BUNDLE_UNREADABLE`, `BUNDLE_NOT_A_BUNDLE`, `BUNDLE_TOO_LARGE`, `BUNDLE_NEWER`, `BUNDLE_MALFORMED`,
 * `BUNDLE_ALTERED`
 */
export async function readArchive(file: string, limits: ArchiveLimits = defaultLimits): Promise<Archive> {
  return openArchive(file, readWhole(file, limits), limits);
}

/** The same for the bytes of a file. */
export async function openArchive(
  file: string,
  bytes: Buffer,
  limits: ArchiveLimits = defaultLimits,
): Promise<Archive> {
  const files = await unzip(file, bytes, limits);
  const manifest = readManifest(file, files.get(BUNDLE_MANIFEST));
  files.delete(BUNDLE_MANIFEST);
  compareWithManifest(file, manifest, files);
  return { file, sha256: createHash('sha256').update(bytes).digest('hex'), manifest, contents: files };
}

function readWhole(file: string, limits: ArchiveLimits): Buffer {
  try {
    const { size } = statSync(file);
    if (size > limits.fileBytes) throw tooLarge(file, `${size} bytes`);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof RethinkError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new RethinkError(
      'BUNDLE_UNREADABLE',
      code === 'ENOENT'
        ? 'The file does not exist.'
        : `The bundle cannot be read: ${(error as Error).message}.`,
      {
        location: { file },
        hint: code === 'EISDIR' ? 'Give the file, not its folder.' : undefined,
        cause: error,
      },
    );
  }
}

async function unzip(file: string, bytes: Buffer, limits: ArchiveLimits): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  if (bytes.length > limits.fileBytes) throw tooLarge(file, `${bytes.length} bytes`);
  let unpacked = 0;
  try {
    // Names with `..`, a drive, a backslash or a leading slash are refused by the library itself.
    const zip = await openZip(bytes);
    if (zip.entryCount > limits.entries) throw tooLarge(file, `${zip.entryCount} entries`);
    for (const entry of await entriesOf(zip)) {
      const { fileName } = entry;
      if (contents.has(fileName)) {
        throw malformed(file, `Duplicate entry ${JSON.stringify(shorten(fileName))}.`);
      }
      unpacked += entry.uncompressedSize;
      if (unpacked > limits.unpackedBytes) throw tooLarge(file, `unpacks to at least ${unpacked} bytes`);
      // The library stops a stream that yields more than its entry states.
      const stream = await openStream(zip, entry);
      contents.set(fileName, await buffer(stream));
    }
  } catch (error) {
    throw error instanceof RethinkError ? error : explainZipError(error, file);
  }
  return contents;
}

const openZip = (bytes: Buffer): Promise<yauzl.ZipFile> =>
  promisify<Buffer, yauzl.Options, yauzl.ZipFile>(yauzl.fromBuffer)(bytes, {
    lazyEntries: true,
    strictFileNames: true,
    validateEntrySizes: true,
  });

function entriesOf(zip: yauzl.ZipFile): Promise<yauzl.Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: yauzl.Entry[] = [];
    zip.on('entry', (entry: yauzl.Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.on('end', () => resolve(entries));
    zip.on('error', reject);
    zip.readEntry();
  });
}

function openStream(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<NodeJS.ReadableStream> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}

function readManifest(file: string, data: Buffer | undefined): BundleManifest {
  const place = `${file} › ${BUNDLE_MANIFEST}`;
  if (data === undefined) {
    throw new RethinkError(
      'BUNDLE_NOT_A_BUNDLE',
      `Not a bundle: the zip file contains no ${BUNDLE_MANIFEST}.`,
      {
        location: { file },
        hint: 'Create bundles with: npm run -s rethink -- bundle export <benchmark>',
      },
    );
  }
  const { schemaVersion, rethink } = readJsonAs(data, anyManifestSchema, place);
  if (schemaVersion > BUNDLE_SCHEMA_VERSION) {
    throw new RethinkError(
      'BUNDLE_NEWER',
      `The bundle has schema version ${schemaVersion}, but this Rethink Bench reads up to ${BUNDLE_SCHEMA_VERSION}.`,
      {
        location: { file: place },
        hint: `Update Rethink Bench: the bundle was written by ${JSON.stringify(rethink)}.`,
      },
    );
  }
  return readJsonAs(data, bundleManifestSchema, place);
}

function compareWithManifest(
  file: string,
  { files }: BundleManifest,
  contents: ReadonlyMap<string, Buffer>,
): void {
  const listed = new Map(files.map((entry) => [entry.name, entry]));
  if (listed.size < files.length) throw malformed(file, 'The manifest lists a file twice.');
  for (const name of contents.keys()) {
    if (!listed.has(name)) throw altered(file, shorten(name), 'is not listed in the manifest');
  }
  for (const { name, bytes, sha256 } of files) {
    const data = contents.get(name);
    if (data === undefined) throw altered(file, name, 'is missing');
    const actual = createHash('sha256').update(data).digest('hex');
    if (data.length !== bytes || actual !== sha256) {
      throw altered(file, name, 'does not match its SHA-256 in the manifest');
    }
  }
}

function altered(file: string, name: string, what: string): RethinkError {
  return new RethinkError('BUNDLE_ALTERED', `${name} ${what}.`, {
    location: { file },
    hint: 'The bundle was altered or damaged in transit: fetch it again from its source.',
  });
}

function tooLarge(file: string, what: string): RethinkError {
  return new RethinkError('BUNDLE_TOO_LARGE', `Too large for a bundle: ${what}.`, { location: { file } });
}

function shorten(name: string): string {
  return name.length > 80 ? `${name.slice(0, 79)}…` : name;
}
