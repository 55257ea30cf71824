import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';

const open = (file) => yauzl.openPromise(file, { lazyEntries: true, autoClose: true });

/** Unpacks the entries that `accept(name)` selects. Streams, so that a library of 800 MB takes no memory. */
export async function unzip(file, folder, accept) {
  const zip = await open(file);
  for await (const entry of zip.eachEntry()) {
    const name = normalize(entry.fileName);
    if (entry.fileName.endsWith('/') || !accept(entry.fileName)) continue;
    if (name.startsWith('..')) throw new Error(`Entry ${entry.fileName} of ${file} is outside the folder.`);
    const target = join(folder, name);
    mkdirSync(dirname(target), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target, { mode: 0o755 }));
  }
}

/** Text of the first entry whose name has the ending, or undefined. */
export async function readEntry(file, ending) {
  const zip = await open(file);
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith(ending)) return await text(await zip.openReadStreamPromise(entry));
  }
  return undefined;
}
