import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';
import { RethinkError } from '../../../contract';

/** What `@types/yauzl` does not describe yet. */
interface PromisedZip extends yauzl.ZipFile {
  eachEntry(): AsyncIterable<yauzl.Entry>;
  openReadStreamPromise(entry: yauzl.Entry): Promise<NodeJS.ReadableStream>;
}
const { openPromise } = yauzl as unknown as { openPromise: (file: string) => Promise<PromisedZip> };

/**
 * Unpacks one entry of a zip file to `target`, in bounded memory and atomically.
 *
 * @throws RethinkError `ZIP_ENTRY` where there is no such entry, `ZIP_BROKEN`
 */
export async function unzipEntry(zipFile: string, entryName: string, target: string): Promise<void> {
  try {
    const zip = await openPromise(zipFile);
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== entryName) continue;
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(`${target}.partial`));
      return await rename(`${target}.partial`, target);
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== undefined) throw cause;
    throw new RethinkError('ZIP_BROKEN', `The zip file is damaged: ${(cause as Error).message}.`, {
      location: { file: zipFile },
      hint: 'Remove it and run the same command again.',
      cause,
    });
  }
  throw new RethinkError('ZIP_ENTRY', `The zip file has no entry ${entryName}.`, {
    location: { file: zipFile },
  });
}
