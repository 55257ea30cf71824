import { decodeImage, inspectImage } from './decode';

const jpegEnd = Buffer.from([0xff, 0xd9]);
const pngEnd = Buffer.from('IEND');

/**
 * Whether an image can be used: its header says what it should, and the file does not end early. JPEG and PNG say
 * where they end, which is quick to see; what lacks its end, and every other format, is decoded to be sure.
 *
 * @throws RethinkError `IMAGE_BROKEN` or `IMAGE_SIZE`
 */
export async function checkImage(
  file: string,
  bytes: Buffer,
  stated: { readonly width: number; readonly height: number } | undefined,
): Promise<void> {
  await inspectImage(file, stated);
  const tail = bytes.subarray(-64);
  const jpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  const png = bytes[0] === 0x89 && bytes[1] === 0x50;
  const complete = (jpeg && tail.includes(jpegEnd)) || (png && tail.includes(pngEnd));
  if (!complete) await decodeImage(file, stated);
}
