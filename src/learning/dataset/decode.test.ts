import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { MEAN_COLOUR } from '../../contract';
import { checkImage } from './check-image';
import { decodeImage } from './decode';

const folder = mkdtempSync(join(tmpdir(), 'rethink-decode-'));
const at = (name: string) => join(folder, name);

/** Left half red, right half blue, 8 × 4. */
function halves() {
  const data = Buffer.alloc(8 * 4 * 3);
  for (let i = 0; i < 32; i++) data[i * 3 + (i % 8 < 4 ? 0 : 2)] = 255;
  return sharp(data, { raw: { width: 8, height: 4, channels: 3 } });
}

const pixel = (image: { width: number; data: Uint8Array }, x: number, y: number) => [
  ...image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3),
];

beforeAll(async () => {
  await halves().png().toFile(at('plain.png'));
  await halves().greyscale().toColourspace('b-w').png().toFile(at('grey.png'));
  await halves().toColourspace('rgb16').png().toFile(at('sixteen.png'));
  await halves().ensureAlpha(0).png().toFile(at('clear.png'));
  await halves().toColourspace('cmyk').jpeg({ quality: 100 }).toFile(at('cmyk.jpg'));
  await halves().withMetadata({ orientation: 6 }).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toFile(at('turned.jpg'));
  await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red', noise: { type: 'gaussian', mean: 128, sigma: 60 } } }).jpeg().toFile(at('noise.jpg'));
  const whole = readFileSync(at('noise.jpg'));
  writeFileSync(at('cut.jpg'), whole.subarray(0, whole.length / 2));
  writeFileSync(at('trailing.jpg'), Buffer.concat([whole, Buffer.alloc(500, 1)]));
  writeFileSync(at('text.jpg'), 'not an image');
}); // prettier-ignore

describe('decodeImage', () => {
  it.each(['plain.png', 'sixteen.png'])('gives %s as 8-bit RGB', async (name) => {
    const image = await decodeImage(at(name));
    expect([image.width, image.height, image.data.length]).toEqual([8, 4, 96]);
    expect(pixel(image, 0, 0)).toEqual([255, 0, 0]);
    expect(pixel(image, 7, 3)).toEqual([0, 0, 255]);
  });

  it('gives grey images three equal channels', async () => {
    const { data } = await decodeImage(at('grey.png'));
    expect(data.length).toBe(96);
    for (let i = 0; i < data.length; i += 3) expect([data[i + 1], data[i + 2]]).toEqual([data[i], data[i]]);
  });

  it('gives transparent parts the mean colour', async () => {
    expect(pixel(await decodeImage(at('clear.png')), 3, 2)).toEqual([...MEAN_COLOUR]);
  });

  it('converts CMYK', async () => {
    const [red, green, blue] = pixel(await decodeImage(at('cmyk.jpg')), 0, 0) as [number, number, number];
    expect(red).toBeGreaterThan(150);
    expect(Math.max(green, blue)).toBeLessThan(90);
  });

  it('turns by EXIF where no size is stated, or where the turned size is', async () => {
    const free = await decodeImage(at('turned.jpg'));
    expect([free.width, free.height]).toEqual([4, 8]);
    const [red] = pixel(free, 1, 1);
    expect(red).toBeGreaterThan(200);
    const stated = await decodeImage(at('turned.jpg'), { width: 4, height: 8 });
    expect(stated).toEqual(free);
  });

  it('leaves the image as stored where that has the stated size: boxes refer to it', async () => {
    const image = await decodeImage(at('turned.jpg'), { width: 8, height: 4 });
    expect([image.width, image.height]).toEqual([8, 4]);
    expect(pixel(image, 7, 0)[2]).toBeGreaterThan(200);
  });

  it.each([
    ['none.jpg', undefined, 'IMAGE_MISSING'],
    ['text.jpg', undefined, 'IMAGE_BROKEN'],
    ['cut.jpg', undefined, 'IMAGE_BROKEN'],
    ['plain.png', { width: 9, height: 4 }, 'IMAGE_SIZE'],
  ])('refuses %s (%o)', async (name, stated, code) => {
    await expect(decodeImage(at(name), stated)).rejects.toMatchObject({ code, location: { file: at(name) } });
  });
});

describe('checkImage', () => {
  it('finds an image that was cut off, and lets one pass with something behind its end', async () => {
    const check = (name: string) => checkImage(at(name), readFileSync(at(name)), undefined);
    await expect(check('cut.jpg')).rejects.toMatchObject({ code: 'IMAGE_BROKEN' });
    await expect(check('trailing.jpg')).resolves.toBeUndefined();
    await expect(check('plain.png')).resolves.toBeUndefined();
  });
});
