import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import yauzl from 'yauzl';
import { RethinkError } from '../../../contract';

/**
 * Unpacks one entry of a zip file to a file of its own name, in bounded memory; the file appears when it is whole.
 *
 * @throws RethinkError `ZIP_ENTRY` where there is no such entry, `ZIP_BROKEN`
 */
export async function unzipEntry(zipFile: string, entryName: string, target: string): Promise<void> {
  try {
    const zip = await promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open)(zipFile, {
      lazyEntries: true,
    });
    try {
      const entry = await findEntry(zip, entryName);
      if (entry === undefined) {
        throw new RethinkError('ZIP_ENTRY', `The zip file has no entry ${entryName}.`, {
          location: { file: zipFile },
        });
      }
      const stream = await promisify(zip.openReadStream.bind(zip) as OpenStream)(entry);
      await pipeline(stream, createWriteStream(`${target}.partial`));
    } finally {
      zip.close();
    }
  } catch (cause) {
    if (cause instanceof RethinkError || (cause as NodeJS.ErrnoException).code !== undefined) throw cause;
    throw new RethinkError('ZIP_BROKEN', `The zip file is damaged: ${(cause as Error).message}.`, {
      location: { file: zipFile },
      hint: 'Remove it and run the same command again.',
      cause,
    });
  }
  await rename(`${target}.partial`, target);
}

type OpenStream = (
  entry: yauzl.Entry,
  done: (error: Error | null, stream: NodeJS.ReadableStream) => void,
) => void;

function findEntry(zip: yauzl.ZipFile, name: string): Promise<yauzl.Entry | undefined> {
  return new Promise((resolve, reject) => {
    zip.on('entry', (entry: yauzl.Entry) => (entry.fileName === name ? resolve(entry) : zip.readEntry()));
    zip.on('end', () => resolve(undefined));
    zip.on('error', reject);
    zip.readEntry();
  });
}
