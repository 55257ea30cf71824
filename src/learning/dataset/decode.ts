import sharp from 'sharp';
import { MEAN_COLOUR, RethinkError, type RgbImage } from '../../contract';

// One decoder thread an image, and no cache of libvips' own: a stage owns one core and keeps decoded images itself.
sharp.concurrency(1);
sharp.cache(false);

const [r, g, b] = MEAN_COLOUR;

/**
 * Decodes an image to 8-bit RGB: CMYK, grey and 16-bit images are converted, transparent parts get the mean
 * colour, of animations the first frame is taken.
 *
 * Which way up: with a stated size, boxes refer to the pixels that it describes. That is the image as stored,
 * unless only the image turned by its EXIF orientation has that size. Without one, it is turned by EXIF.
 *
 * @throws RethinkError `IMAGE_MISSING`, `IMAGE_BROKEN` or `IMAGE_SIZE`, naming the file
 */
export async function decodeImage(
  file: string,
  stated?: { readonly width: number; readonly height: number },
): Promise<RgbImage> {
  const { autoOrient } = await inspectImage(file, stated);
  try {
    const { data, info } = await sharp(file, { failOn: 'error', autoOrient })
      .toColourspace('srgb')
      .flatten({ background: { r, g, b } })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: toRgb(data, info.channels) };
  } catch (cause) {
    throw brokenImage(file, cause);
  }
}

/** Reads an image's header alone. The same errors as `decodeImage`, but broken pixels pass. */
export async function inspectImage(
  file: string,
  stated?: { readonly width: number; readonly height: number },
): Promise<{ width: number; height: number; autoOrient: boolean }> {
  let header: sharp.Metadata;
  try {
    header = await sharp(file, { failOn: 'error' }).metadata();
  } catch (cause) {
    throw brokenImage(file, cause);
  }
  const { width, height, autoOrient: turned } = header;
  if (stated === undefined) return { ...turned, autoOrient: true };
  if (stated.width === width && stated.height === height) return { width, height, autoOrient: false };
  if (stated.width === turned.width && stated.height === turned.height)
    return { ...turned, autoOrient: true };
  throw new RethinkError(
    'IMAGE_SIZE',
    `The image has ${width} × ${height} pixels, but its annotations state ${stated.width} × ${stated.height}.`,
    {
      location: { file },
      hint: 'The boxes would not fit: the image was resized or replaced, or the annotation file belongs to other images.',
    },
  );
}

function brokenImage(file: string, cause: unknown): RethinkError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/missing|no such file|unable to open/i.test(message)) {
    return new RethinkError('IMAGE_MISSING', 'The image does not exist.', { location: { file }, cause });
  }
  return new RethinkError('IMAGE_BROKEN', `The image cannot be decoded: ${message.trim().split('\n')[0]}.`, {
    location: { file },
    hint: 'Fetch or copy it again, or remove it from the annotations.',
    cause,
  });
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
