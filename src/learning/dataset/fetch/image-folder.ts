import { mkdirSync, readdirSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, parse } from 'node:path';
import pLimit from 'p-limit';
import sharp from 'sharp';
import { createRandom, type RandomSource, RethinkError } from '../../../contract';
import { writeFileAtomically } from '../../../core/files/atomic-file';
import { decodeImage } from '../decode';
import { imageName, listFolder } from '../folders';
import { cancelled } from '../../../core/files/download';

export interface ImageFolderOptions {
  /** A folder of images for each class. */
  readonly from: string;
  readonly to: string;
  /** Longest side in pixels of what is written; larger images are made smaller. */
  readonly size: number;
  /** Images taken of each class, by the seed; all by default. */
  readonly perClass?: number;
  /** Classes taken, by the seed; all by default. */
  readonly classes?: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  progress?(what: string, done: number, total: number): void;
}

export interface ImageFolder {
  readonly classes: number;
  readonly images: number;
  /** Files that cannot be decoded and were left out. */
  readonly broken: readonly string[];
}

const quality = 92;

/**
 * Makes a classification data set, a folder a class, out of a larger one: fewer classes, fewer images, smaller ones, as
 * JPEG. What is taken follows from the seed and the names alone. An interrupted call resumes where it stopped.
 *
 * @throws RethinkError `IMAGE_FOLDER` where there are no classes, or fewer than asked for
 */
export async function makeImageFolder(options: ImageFolderOptions): Promise<ImageFolder> {
  const { from, to, size, seed, signal } = options;
  const random = createRandom(`imagefolder/${seed}`);
  const classes = await chooseClasses(options, random);
  const work = (
    await Promise.all(classes.map((name) => chooseImages(name, options, random.fork(name))))
  ).flat();
  const present = new Set(
    classes.flatMap((name) => readdirSync(join(to, name)).map((file) => join(to, name, file))),
  );
  const broken: string[] = [];
  let done = 0;
  await pLimit(availableParallelism()).map(work, async ({ name, source, target }) => {
    if (signal?.aborted === true) return;
    if (!present.has(target)) {
      try {
        await shrink(source, target, size);
      } catch (error) {
        if (!(error instanceof RethinkError)) throw error;
        broken.push(name);
      }
    }
    options.progress?.('images', ++done, work.length);
  });
  if (signal?.aborted === true) throw cancelled();
  if (broken.length === work.length) {
    throw new RethinkError('IMAGE_FOLDER', 'None of the files can be decoded as an image.', {
      location: { file: from },
    });
  }
  await writeFileAtomically(
    join(to, '.origin.json'),
    `${JSON.stringify({ from, size, seed, classes: classes.length, perClass: options.perClass ?? null })}\n`,
  );
  return { classes: classes.length, images: work.length - broken.length, broken: broken.sort() };
}

async function chooseClasses({ from, classes }: ImageFolderOptions, random: RandomSource): Promise<string[]> {
  const { folders: all } = await listFolder(from);
  const requested = classes ?? all.length;
  if (all.length === 0 || requested > all.length) {
    const comparison = requested > all.length ? `, but ${requested} are requested` : '';
    throw new RethinkError('IMAGE_FOLDER', `The folder has ${all.length} classes${comparison}.`, {
      location: { file: from },
      hint: 'Each class is a folder of images.',
    });
  }
  return random.shuffle(all).slice(0, requested).sort();
}

/** Also creates the folder of the class. */
async function chooseImages(name: string, { from, to, perClass }: ImageFolderOptions, random: RandomSource) {
  const { files: all } = await listFolder(join(from, name));
  const files = all.filter((file) => imageName.test(file));
  if (files.length === 0) {
    throw new RethinkError('IMAGE_FOLDER', `Class "${name}" has no images.`, {
      location: { file: join(from, name) },
    });
  }
  mkdirSync(join(to, name), { recursive: true });
  const stems = new Set<string>();
  const chosen = random.shuffle(files).slice(0, perClass);
  return chosen.map((file) => {
    // a.png and a.jpg are two images.
    const { name: stem } = parse(file);
    const target = join(to, name, `${stems.has(stem) ? file : stem}.jpg`);
    stems.add(stems.has(stem) ? file : stem);
    return { name: `${name}/${file}`, source: join(from, name, file), target };
  });
}

async function shrink(source: string, target: string, size: number): Promise<void> {
  const { width, height, data } = await decodeImage(source);
  await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality })
    .toFile(`${target}.partial`);
  await rename(`${target}.partial`, target);
}
