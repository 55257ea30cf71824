import { open } from 'node:fs/promises';
import { RethinkError } from '../../../contract';
import { readSafetensorsHeader } from '../../tensor/safetensors';

interface Format {
  readonly is: (start: Buffer) => boolean;
  /** The end of “The file is …”. */
  readonly what: (start: Buffer) => string;
  readonly hint: string;
}

const magic =
  (...bytes: readonly number[]) =>
  (start: Buffer) =>
    bytes.every((byte, i) => start[i] === byte);
const textOf = (start: Buffer) => start.toString('latin1').trimStart();
const toSafetensors =
  'Convert its state dict in Python: safetensors.torch.save_file(torch.load(FILE, weights_only=True), "model.safetensors").';

/** Kinds of files that are given as weights by mistake. */
const formats: readonly Format[] = [
  {
    is: (start) => textOf(start).startsWith('version https://git-lfs.github.com/spec/'),
    what: (start) => {
      const bytes = /^size (\d+)$/m.exec(textOf(start))?.[1];
      return `a Git LFS pointer${bytes === undefined ? '' : ` to ${bytes} bytes`}, not the weights`;
    },
    hint: 'Run `git lfs pull` in its repository, or download the file itself.',
  },
  {
    is: (start) => /^\W*<(!doctype|html|head|\?xml|!--)/i.test(textOf(start)),
    what: () => 'a web page, not the weights',
    hint: 'Download the file itself: on a model hub its address has /resolve/ where the page has /blob/. Or name it as hf:owner/name.',
  },
  {
    // Entries of a ZIP archive begin with a header of 30 bytes, in which the name's length is at byte 26.
    is: (start) =>
      magic(0x50, 0x4b, 3, 4)(start) &&
      start
        .subarray(30, 30 + (start[26] ?? 0))
        .toString('latin1')
        .endsWith('data.pkl'),
    what: () => 'a PyTorch checkpoint (a pickle in a ZIP archive), which can run code when it is read',
    hint: toSafetensors,
  },
  {
    is: (start) => start[0] === 0x80 && start[1]! >= 2 && start[1]! <= 5,
    what: () => 'a pickle (such as a PyTorch checkpoint), which can run code when it is read',
    hint: toSafetensors,
  },
  {
    is: magic(0x89, 0x48, 0x44, 0x46),
    what: () => 'an HDF5 file (such as weights of Keras)',
    hint: 'Convert it: tensorflowjs_converter --input_format keras FILE FOLDER. Then name FOLDER/model.json.',
  },
  {
    is: magic(0x50, 0x4b, 3, 4),
    what: () => 'a ZIP archive',
    hint: 'Unpack it, and convert the weights to .safetensors.',
  },
  { is: magic(0x1f, 0x8b), what: () => 'a gzip archive', hint: 'Unpack it first: gunzip FILE.' },
];

/** Whether these are a header's length (its upper bytes are 0) and the brace of its JSON. */
function isSafetensors(start: Buffer): boolean {
  return start.length > 8 && start.readUInt32LE(4) === 0 && start[8] === 0x7b;
}

const text: Format = {
  is: (start) => start.length > 0 && /^[\t\n\r -~]*$/.test(start.subarray(0, 64).toString('latin1')),
  what: (start) => `text (“${textOf(start).split('\n', 1)[0]!.slice(0, 60).trim()}”), not the weights`,
  hint: 'The server may have answered with an error: download the file again.',
};

/** Enough for each format's mark. */
const startBytes = 512;

/**
 * Recognises files that are no weights without reading them whole; of a safetensors file the header is checked.
 * @param file a safetensors file, or the JSON file that names the shards of a checkpoint
 * @throws `CHECKPOINT_FORMAT`, `SAFETENSORS_MISSING`, and what the header of a safetensors file throws
 */
export async function checkFormat(file: string): Promise<void> {
  const isJson = file.endsWith('.json');
  const start = await startOf(file);
  const others = isSafetensors(start) ? [] : [...formats, ...(isJson ? [] : [text])];
  const found = others.find(({ is }) => is(start));
  if (found !== undefined) {
    throw new RethinkError('CHECKPOINT_FORMAT', `The file is ${found.what(start)}.`, {
      location: { file },
      hint: found.hint,
    });
  }
  if (!isJson) await readSafetensorsHeader(file);
}

async function startOf(file: string): Promise<Buffer> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return Buffer.alloc(0);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(startBytes), 0, startBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
