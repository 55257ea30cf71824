import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import yauzl from 'yauzl';

const open = promisify(yauzl.open);

async function* entriesOf(zip) {
  let wake;
  const queue = [];
  const push = (item) => (queue.push(item), wake?.());
  zip.on('entry', (entry) => push({ entry }));
  zip.on('end', () => push({ end: true }));
  zip.on('error', (error) => push({ error }));
  zip.readEntry();
  for (;;) {
    if (queue.length === 0) await new Promise((resolve) => (wake = resolve));
    const { entry, error } = queue.shift();
    if (error !== undefined) throw error;
    if (entry === undefined) return;
    yield entry;
    zip.readEntry();
  }
}

/** Unpacks the entries that `accept(name)` selects. Streams, so that a library of 800 MB takes no memory. */
export async function unzip(file, folder, accept) {
  const zip = await open(file, { lazyEntries: true, autoClose: true });
  let bytes = 0;
  for await (const entry of entriesOf(zip)) {
    const name = normalize(entry.fileName);
    if (entry.fileName.endsWith('/') || !accept(entry.fileName)) continue;
    if (name.startsWith('..')) throw new Error(`Entry ${entry.fileName} of ${file} is outside the folder.`);
    const target = join(folder, name);
    mkdirSync(dirname(target), { recursive: true });
    const source = await promisify(zip.openReadStream.bind(zip))(entry);
    await pipeline(source, createWriteStream(target, { mode: 0o755 }));
    bytes += entry.uncompressedSize;
  }
  return bytes;
}

/** Text of the first entry whose name has the ending, or undefined. */
export async function readEntry(file, ending) {
  const zip = await open(file, { lazyEntries: true, autoClose: true });
  for await (const entry of entriesOf(zip)) {
    if (!entry.fileName.endsWith(ending)) continue;
    const source = await promisify(zip.openReadStream.bind(zip))(entry);
    const chunks = [];
    for await (const chunk of source) chunks.push(chunk);
    zip.close();
    return Buffer.concat(chunks).toString('utf8');
  }
  return undefined;
}
