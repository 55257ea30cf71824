import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { MEAN_COLOUR } from '../../contract';
import { checkImage, decodeImage } from './decode';

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
  writeFileSync(at('cut-with-end.jpg'), Buffer.concat([whole.subarray(0, whole.length / 2), whole.subarray(-2)]));
  writeFileSync(at('trailing.jpg'), Buffer.concat([whole, Buffer.alloc(500, 1)]));
  writeFileSync(at('text.jpg'), 'not an image');
  const png = await sharp(at('noise.jpg')).png().toBuffer();
  writeFileSync(at('cut-with-end.png'), Buffer.concat([png.subarray(0, png.length / 2), png.subarray(-12)]));
  writeFileSync(at('named.jpg'), png);
  writeFileSync(at('empty.png'), '');
  writeFileSync(at('zeros.png'), Buffer.alloc(5000));
  writeFileSync(at('page.jpg'), '\n<!DOCTYPE html><html></html>');
  for (const name of ['map.bmp', 'map-named.png']) writeFileSync(at(name), Buffer.from('BM6\0\0\0\0\0'));
  writeFileSync(at('photo.heic'), Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'));
  writeFileSync(at('scan.jp2'), Buffer.from('\0\0\0\x0cjP  \r\n\x87\n', 'latin1'));
  const header = Buffer.alloc(25);
  header.write('IHDR');
  header.writeUInt32BE(20_000, 4);
  header.writeUInt32BE(20_000, 8);
  header.set([8, 2], 12);
  header.writeUInt32BE(crc32(header.subarray(0, 17)), 17);
  writeFileSync(at('huge.png'), Buffer.concat([png.subarray(0, 8), Buffer.from([0, 0, 0, 13]), header.subarray(0, 21), png.subarray(33)]));
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

  it.each(['trailing.jpg', 'named.jpg'])(
    'reads %s: bytes behind the end and wrong endings do no harm',
    async (name) => {
      expect((await decodeImage(at(name))).width).toBe(64);
    },
  );

  it('tells a JPEG that was cut, but has a proper end, from a whole one', async () => {
    const check = (name: string) => checkImage(at(name), undefined, readFileSync(at(name)));
    expect(await check('cut-with-end.jpg')).toEqual({ orientation: 1, isCorrupt: true });
    expect(await check('trailing.jpg')).toEqual({ orientation: 1, isCorrupt: false });
    expect(await check('turned.jpg')).toEqual({ orientation: 6, isCorrupt: false });
    await expect(check('cut.jpg')).rejects.toMatchObject({ code: 'IMAGE_BROKEN' });
  });

  it.each([
    ['none.jpg', undefined, 'IMAGE_MISSING'],
    ['text.jpg', undefined, 'IMAGE_BROKEN'],
    ['cut.jpg', undefined, 'IMAGE_BROKEN'],
    ['cut-with-end.png', undefined, 'IMAGE_BROKEN'],
    ['empty.png', undefined, 'IMAGE_BROKEN'],
    ['zeros.png', undefined, 'IMAGE_BROKEN'],
    ['page.jpg', undefined, 'IMAGE_BROKEN'],
    ['map.bmp', undefined, 'IMAGE_FORMAT'],
    ['photo.heic', undefined, 'IMAGE_FORMAT'],
    ['scan.jp2', undefined, 'IMAGE_FORMAT'],
    ['map-named.png', undefined, 'IMAGE_FORMAT'],
    ['huge.png', undefined, 'IMAGE_TOO_LARGE'],
    ['plain.png', { width: 9, height: 4 }, 'IMAGE_SIZE'],
  ])('refuses %s (%o)', async (name, stated, code) => {
    await expect(decodeImage(at(name), stated)).rejects.toMatchObject({ code, location: { file: at(name) } });
  });
});
