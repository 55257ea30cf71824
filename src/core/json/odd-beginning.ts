/** First bytes of other kinds of file that are given as JSON. */
const MAGIC: readonly { bytes: readonly number[]; what: string; hint: string }[] = [
  // Gzip files are unpacked when they are opened: this is one within another.
  { bytes: [0x1f, 0x8b], what: 'gzip', hint: 'Unpack it first: gunzip FILE.' },
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    what: 'zip',
    hint: 'Unpack it first (unzip FILE), or give <(unzip -p FILE).',
  },
  {
    bytes: [0x28, 0xb5, 0x2f, 0xfd],
    what: 'Zstandard',
    hint: 'Unpack it first (unzstd FILE), or give <(unzstd -c FILE).',
  },
  {
    bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a],
    what: 'xz',
    hint: 'Unpack it first (unxz FILE), or give <(xzcat FILE).',
  },
  {
    bytes: [0x42, 0x5a, 0x68],
    what: 'bzip2',
    hint: 'Unpack it first (bunzip2 FILE), or give <(bzcat FILE).',
  },
];

/** Whether the first bytes show that a file is not UTF-8 text; undefined where they do not. */
export function oddBeginning(
  bytes: Uint8Array,
): { code: 'JSON_ENCODING' | 'JSON_COMPRESSED'; message: string; hint: string } | undefined {
  const packed = MAGIC.find((kind) => kind.bytes.every((byte, index) => bytes[index] === byte));
  if (packed !== undefined) {
    return {
      code: 'JSON_COMPRESSED',
      message: `This is a ${packed.what} file, not JSON.`,
      hint: packed.hint,
    };
  }
  const [first, second, third, fourth] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // JSON begins with an ASCII character: a zero beside it comes from UTF-16 or UTF-32 without a mark.
  const wide =
    (first === 0 && (second !== 0 || third !== 0) && fourth !== 0) ||
    (first !== 0 && second === 0 && third !== 0);
  if (!marked && !wide) return undefined;
  return {
    code: 'JSON_ENCODING',
    message: 'This text is UTF-16 or UTF-32; JSON files are UTF-8.',
    hint: 'Convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW. PowerShell: Out-File -Encoding utf8.',
  };
}
