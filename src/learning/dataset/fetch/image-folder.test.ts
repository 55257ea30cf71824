import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDataset } from '../open';
import { type ImageFolderOptions, makeImageFolder } from './image-folder';

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'imagefolder-'));
  const png = await sharp({ create: { width: 40, height: 20, channels: 4, background: '#80ff0080' } })
    .png()
    .toBuffer();
  for (const name of ['ant', 'bee', 'cat']) {
    mkdirSync(join(folder, 'from', name), { recursive: true });
    for (let i = 0; i < 4; i++) writeFileSync(join(folder, 'from', name, `${i}.PNG`), png);
  }
  writeFileSync(join(folder, 'from', 'bee', 'notes.txt'), 'no image');
});
afterEach(() => rmSync(folder, { recursive: true }));

const make = (changes: Partial<ImageFolderOptions> = {}) =>
  makeImageFolder({ from: join(folder, 'from'), to: join(folder, 'to'), size: 16, seed: 1, ...changes });

it('makes a smaller data set that opens', async () => {
  expect(await make({ classes: 2, perClass: 3 })).toEqual({ classes: 2, images: 6, broken: [] });
  const dataset = await openDataset({ type: 'folders', images: join(folder, 'to'), digest: '' });
  expect(dataset.categories).toHaveLength(2);
  expect(dataset.images).toHaveLength(6);
  const { width, height, format } = await sharp(join(folder, 'to', dataset.images[0]!.file)).metadata();
  expect([width, height, format]).toEqual([16, 8, 'jpeg']);
});

it('follows links to classes and to images', async () => {
  symlinkSync(join(folder, 'from', 'ant'), join(folder, 'from', 'dog'));
  symlinkSync(join(folder, 'from', 'ant', '0.PNG'), join(folder, 'from', 'bee', 'link.png'));
  expect(await make()).toMatchObject({ classes: 4, images: 17 });
});

it('takes the same images for the same seed, and goes on where it stood', async () => {
  await make({ perClass: 2 });
  const taken = readdirSync(join(folder, 'to', 'ant'));
  expect(taken).toHaveLength(2);
  await make({ perClass: 3 });
  expect(readdirSync(join(folder, 'to', 'ant'))).toEqual(expect.arrayContaining(taken));
});

it('leaves out what is no image, and names it', async () => {
  writeFileSync(join(folder, 'from', 'ant', 'broken.jpg'), 'not an image');
  expect(await make()).toEqual({ classes: 3, images: 12, broken: ['ant/broken.jpg'] });
});

it('refuses a folder without classes, and more classes than there are', async () => {
  await expect(make({ from: join(folder, 'from', 'ant') })).rejects.toMatchObject({ code: 'IMAGE_FOLDER' });
  await expect(make({ classes: 4 })).rejects.toMatchObject({
    message: 'The folder has 3 classes, but 4 are requested.',
  });
});
