/* eslint-disable no-control-regex -- the bytes with which files begin */
import { closeSync, openSync, readSync } from 'node:fs';
import { RethinkError } from '../../contract';

/** Formats whose pixels are read, whatever the file's ending; of animations and pages the first is taken. */
export const READ_FORMATS = 'JPEG, PNG, WebP, GIF, TIFF, AVIF';

/** How files of formats that are not read begin. */
const OTHER_FORMATS: readonly (readonly [format: string, beginning: RegExp])[] = [
  ['BMP', /^BM/],
  ['Netpbm (PPM, PGM)', /^P[1-7]\s/],
  ['JPEG 2000', /^(\0\0\0\x0cjP {2}|\xff\x4f\xff\x51)/],
  ['JPEG XL', /^(\xff\x0a|\0\0\0\x0cJXL )/],
  ['HEIC', /^.{4}ftyp(hei[cx]|hev[cx]|mif1|msf1)/s],
  ['Photoshop', /^8BPS/],
  ['ICO', /^\0\0[\x01\x02]\0/],
  ['OpenEXR', /^v\/1\x01/],
  ['DICOM', /^.{128}DICM/s],
  ['PDF', /^%PDF/],
];

/** How files begin that only have an image's name. */
const NO_IMAGES: readonly (readonly [what: string, beginning: RegExp])[] = [
  ['is empty', /^$/],
  ['consists of zero bytes', /^\0+$/],
  ['is a web page, perhaps an error page of the server', /^\s*<(!doctype\s+html|html)/i],
  ['is a Git LFS pointer', /^version https:\/\/git-lfs/],
  ['is text', /^[\x20-\x7e\s]+$/],
];

/**
 * Why a file cannot be decoded.
 *
 * @param cause what the decoder threw
 * @returns RethinkError `IMAGE_MISSING`, `IMAGE_FORMAT`, `IMAGE_TOO_LARGE` or `IMAGE_BROKEN`
 */
export function unreadableImage(file: string, cause: unknown): RethinkError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).trim().split('\n')[0]!;
  const error = (code: string, message: string, hint?: string) =>
    new RethinkError(code, message, { location: { file }, hint, cause });
  const head = beginning(file);
  if (head === undefined) return error('IMAGE_MISSING', 'The image does not exist or cannot be opened.');
  if (reason.includes('pixel limit')) {
    const hint = 'Downscale it together with its boxes, or remove it.';
    return error('IMAGE_TOO_LARGE', 'The image has more than 268 million pixels.', hint);
  }
  const format = OTHER_FORMATS.find(([, start]) => start.test(head))?.[0];
  if (format !== undefined) {
    const hint = `Convert it to PNG or JPEG; these formats are read: ${READ_FORMATS}.`;
    return error('IMAGE_FORMAT', `The format ${format} is not read.`, hint);
  }
  const hint = 'Fetch or copy it again, or remove it.';
  const what = NO_IMAGES.find(([, start]) => start.test(head))?.[0];
  if (what !== undefined) return error('IMAGE_BROKEN', `The file ${what}.`, hint);
  const detail = reason === 'Unknown error' ? 'its data are damaged' : reason.replace(/\.$/, '');
  return error('IMAGE_BROKEN', `The image cannot be decoded: ${detail}.`, hint);
}

/** The first bytes of a file, one character each; undefined where it cannot be opened. */
function beginning(file: string): string | undefined {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r');
    const bytes = Buffer.alloc(256);
    return bytes.toString('latin1', 0, readSync(handle, bytes));
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
