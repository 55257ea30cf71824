import sharp from 'sharp';
import { MEAN_COLOUR, RethinkError, type RgbImage } from '../../contract';
import { unreadableImage } from './unreadable-image';

// One decoder thread per image and no cache in libvips: a stage has one core and its own cache of decoded images.
sharp.concurrency(1);
sharp.cache(false);

const [r, g, b] = MEAN_COLOUR;

/** Size that an annotation file states for an image, in pixels. */
export interface StatedSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes an image to 8-bit RGB: CMYK, grey and 16-bit images are converted, transparent parts get the mean
 * colour, of animations the first frame is taken.
 *
 * Which way up: with a stated size, boxes refer to the pixels that it describes. That is the image as stored,
 * unless only the image turned by its EXIF orientation has that size. Without one, it is turned by EXIF.
 *
 * @param content the file's bytes, where they have been read already
 * @throws RethinkError `IMAGE_SIZE` and those of `unreadableImage`, naming the file
 */
export async function decodeImage(
  file: string,
  stated?: StatedSize,
  content: string | Buffer = file,
): Promise<RgbImage> {
  const { autoOrient } = await inspectImage(file, stated, content);
  try {
    const { data, info } = await readPixels(content, { failOn: 'error', autoOrient });
    return { width: info.width, height: info.height, data: toRgb(data, info.channels) };
  } catch (cause) {
    throw unreadableImage(file, cause);
  }
}

/**
 * Decodes an image to see whether it can be used. A JPEG that is corrupt in part can: the decoder skips or fills the parts.
 *
 * @throws RethinkError as `decodeImage` does
 */
export async function checkImage(
  file: string,
  stated: StatedSize | undefined,
  content: Buffer,
): Promise<{ orientation: number; isCorrupt: boolean }> {
  const { autoOrient, orientation } = await inspectImage(file, stated, content);
  try {
    await readPixels(content, { failOn: 'warning', autoOrient });
    return { orientation, isCorrupt: false };
  } catch {
    await decodeImage(file, stated, content);
    // Warnings about PNG are about colour profiles. Their text does not help: libvips has one for all threads.
    return { orientation, isCorrupt: content[0] === 0xff && content[1] === 0xd8 };
  }
}

function readPixels(content: string | Buffer, options: sharp.SharpOptions) {
  return sharp(content, options)
    .toColourspace('srgb')
    .flatten({ background: { r, g, b } })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
}

/** Reads an image's header alone. The same errors as `decodeImage`, but broken pixels pass. */
export async function inspectImage(
  file: string,
  stated?: StatedSize,
  content: string | Buffer = file,
): Promise<{ width: number; height: number; autoOrient: boolean; orientation: number }> {
  let header: sharp.Metadata;
  try {
    header = await sharp(content, { failOn: 'error' }).metadata();
  } catch (cause) {
    throw unreadableImage(file, cause);
  }
  const { width, height, autoOrient: turned, orientation = 1 } = header;
  if (stated?.width === width && stated.height === height) {
    return { width, height, autoOrient: false, orientation };
  }
  if (stated === undefined || (stated.width === turned.width && stated.height === turned.height)) {
    return { ...turned, autoOrient: true, orientation };
  }
  throw new RethinkError(
    'IMAGE_SIZE',
    `The image has ${width} × ${height} pixels, but its annotations state ${stated.width} × ${stated.height}.`,
    {
      location: { file },
      hint: 'The boxes would not fit: the image was resized or replaced, or the annotation file belongs to other images.',
    },
  );
}

function toRgb(data: Buffer, channels: number): Uint8Array {
  // sharp may hand out a view into a shared pool: a copy lives as long as the cache needs it.
  if (channels === 3) return new Uint8Array(data);
  const rgb = new Uint8Array((data.length / channels) * 3);
  for (let from = 0, to = 0; from < data.length; from += channels, to += 3) {
    const first = data[from]!;
    rgb[to] = first;
    rgb[to + 1] = channels < 3 ? first : data[from + 1]!;
    rgb[to + 2] = channels < 3 ? first : data[from + 2]!;
  }
  return rgb;
}
