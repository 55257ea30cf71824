import { createHash } from 'node:crypto';
import yazl from 'yazl';
import { version } from '../../../package.json';
import { BUNDLE_MANIFEST, BUNDLE_SCHEMA_VERSION, BUNDLE_TYPE, type BundleManifest } from './manifest';

/** Files of a bundle by name. */
export type BundleContents = ReadonlyMap<string, Buffer>;

/** What zip files say of an entry's age: always the same, so that equal results give equal bytes. */
const epoch = new Date('1980-01-01T12:00:00');

/** Packs files into a zip with the manifest of their sums as first entry. Equal contents give equal bytes. */
export async function writeArchive(benchmark: string, contents: BundleContents): Promise<Buffer> {
  const names = [...contents.keys()].sort();
  const manifest: BundleManifest = {
    type: BUNDLE_TYPE,
    schemaVersion: BUNDLE_SCHEMA_VERSION,
    rethink: version,
    benchmark,
    files: names.map((name) => {
      const data = contents.get(name)!;
      return { name, bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') };
    }),
  };
  const zip = new yazl.ZipFile();
  const options = { mtime: epoch, mode: 0o100644, compressionLevel: 9, forceDosTimestamp: true };
  zip.addBuffer(Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), BUNDLE_MANIFEST, options);
  for (const name of names) zip.addBuffer(contents.get(name)!, name, options);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
