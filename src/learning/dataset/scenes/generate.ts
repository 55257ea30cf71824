import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import sharp from 'sharp';
import { digestOf } from '../../../core/json/canonical-json';
import { createRandom, type RgbImage } from '../../../contract';
import { type DatasetProgress, writeFolderWhole } from '../files';
import { type SpritePools, poolsOf, composeScene, composeSingle } from './compose';
import { drawAll, type SpriteSet } from './sprites';
import {
  classificationNames,
  detectionNames,
  distractorNames,
  otherDetectionNames,
} from '../../../core/plan/scenes/names';
import { type ScenesSpec, styles } from '../../../core/plan/scenes/spec';

/** To be raised whenever this folder's code generates other scenes for the same spec. */
const generatorVersion = 1;

/** Folders and files of a generated set, relative to it. */
export const sceneFiles = {
  manifest: 'manifest.json',
  train: { images: 'train/images', annotations: 'train/annotations.json' },
  val: { images: 'val/images', annotations: 'val/annotations.json' },
  unlabelled: {
    images: 'unlabelled/images',
    annotations: 'unlabelled/images.json',
    truth: 'unlabelled/truth.json',
  },
  classification: 'classification',
  otherDetection: { images: 'other-detection/images', annotations: 'other-detection/annotations.json' },
} as const;

/**
 * The folder of the scenes that a spec describes, generated if it isn't there yet: COCO folders of PNG files, and a
 * folder per class. The same spec, code and package versions give the same files.
 *
 * @throws RethinkError `SCENES_NO_DRAWING` and those of `writeFolderWhole`
 */
export async function generateScenes(
  spec: ScenesSpec,
  parentFolder: string,
  options: { readonly progress?: DatasetProgress; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const folder = await scenesFolder(spec, parentFolder);
  return write(folder, spec, (partial) => new SceneWriter(spec, partial, options).writeAll());
}

/**
 * The validation scenes of a spec alone, for pages of results that were made elsewhere: pools are drawn apart, so they are
 * the same images. Taken from the whole set where that is there.
 *
 * @returns the folder that contains `sceneFiles.val`
 * @throws RethinkError `SCENES_NO_DRAWING` and those of `writeFolderWhole`
 */
export async function generateValidationScenes(spec: ScenesSpec, parentFolder: string): Promise<string> {
  const whole = await scenesFolder(spec, parentFolder);
  if (await isThere(whole)) return whole;
  return write(`${whole}-val`, spec, (partial) => new SceneWriter(spec, partial, {}).writeValidation());
}

async function write(
  folder: string,
  spec: ScenesSpec,
  fill: (partial: string) => Promise<void>,
): Promise<string> {
  if (await isThere(folder)) return folder;
  await writeFolderWhole(folder, async (partial) => {
    await fill(partial);
    await writeFile(join(partial, sceneFiles.manifest), JSON.stringify(await identityOf(spec), null, 2));
  });
  return folder;
}

/** Where the scenes of a spec are, or would be. */
export async function scenesFolder(spec: ScenesSpec, parentFolder: string): Promise<string> {
  return join(parentFolder, `scenes-${digestOf(await identityOf(spec)).slice(0, 16)}`);
}

async function identityOf(spec: ScenesSpec) {
  return { generatorVersion, spec, packages: await packageVersions() };
}

async function isThere(folder: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(join(folder, sceneFiles.manifest), 'utf8'));
    return true;
  } catch {
    return false;
  }
}

class SceneWriter {
  private readonly random;
  /** Encoding runs in libuv's threads while the next scene is composed. */
  private readonly limit = pLimit(8);
  private done = 0;
  private readonly total: number;

  constructor(
    private readonly spec: ScenesSpec,
    private readonly folder: string,
    private readonly options: { readonly progress?: DatasetProgress; readonly signal?: AbortSignal },
  ) {
    this.random = createRandom(`scenes/${spec.seed}`);
    const { classification, otherDetection } = spec;
    this.total =
      spec.train +
      spec.val +
      spec.unlabelled +
      (classification === undefined ? 0 : classification.classes * classification.perClass) +
      (otherDetection?.images ?? 0);
  }

  async writeAll(): Promise<void> {
    const { spec } = this;
    const names = detectionNames.slice(0, spec.classes);
    const drawn = [...names, ...distractorNames];
    const sprites = await drawAll(drawn, spec.styles, this.spriteSide());
    const pools = poolsOf(sprites, names, distractorNames);
    await this.writePool('train', spec.train, names, pools, sceneFiles.train);
    await this.writeValidation(sprites);
    if (spec.unlabelled > 0) {
      await this.writePool('unlabelled', spec.unlabelled, names, pools, sceneFiles.unlabelled);
    }
    await this.writeOtherDetection(sprites);
    await this.writeClassification();
  }

  async writeValidation(trainSprites?: SpriteSet): Promise<void> {
    const { spec } = this;
    const names = detectionNames.slice(0, spec.classes);
    const { styles, validationStyles } = spec;
    const sprites =
      validationStyles === undefined && trainSprites !== undefined
        ? trainSprites
        : await drawAll([...names, ...distractorNames], validationStyles ?? styles, this.spriteSide());
    const pools = poolsOf(sprites, names, distractorNames);
    await this.writePool('val', spec.val, names, pools, sceneFiles.val);
  }

  /** The power of two at which the largest sprite is not magnified. */
  private spriteSide(): number {
    const largest = this.spec.objects.sizeMax * this.spec.size;
    return Math.min(1024, Math.max(32, 2 ** Math.ceil(Math.log2(largest))));
  }

  private async writeOtherDetection(sprites: SpriteSet): Promise<void> {
    const { otherDetection } = this.spec;
    if (otherDetection === undefined) return;
    const names = otherDetectionNames.slice(0, otherDetection.classes);
    const others = await drawAll(names, this.spec.styles, this.spriteSide());
    const pools = poolsOf(new Map([...sprites, ...others]), names, distractorNames);
    await this.writePool('otherDetection', otherDetection.images, names, pools, sceneFiles.otherDetection);
  }

  private async writeClassification(): Promise<void> {
    const { classification, styles, rotation, clutter } = this.spec;
    if (classification === undefined) return;
    const { size, perClass } = classification;
    const names = classificationNames.slice(0, classification.classes);
    const sprites = await drawAll(names, styles, Math.max(32, 2 ** Math.ceil(Math.log2(size))));
    const random = this.random.fork('classification');
    const written: Promise<void>[] = [];
    for (const name of names) {
      const folder = join(this.folder, sceneFiles.classification, name);
      await mkdir(folder, { recursive: true });
      for (let i = 0; i < perClass; i++) {
        const options = { size, rotation, clutter };
        const image = composeSingle(sprites.get(name)!, options, random.fork(`${name}/${i}`));
        written.push(this.writeImage(join(folder, fileName(i)), image));
      }
      await this.breathe();
    }
    await Promise.all(written);
  }

  private async writePool(
    pool: string,
    count: number,
    names: readonly string[],
    pools: SpritePools,
    files: { readonly images: string; readonly annotations: string; readonly truth?: string },
  ): Promise<void> {
    const random = this.random.fork(pool);
    const { size } = this.spec;
    await mkdir(join(this.folder, files.images), { recursive: true });
    const images: object[] = [];
    const annotations: object[] = [];
    const written: Promise<void>[] = [];
    for (let i = 0; i < count; i++) {
      const scene = composeScene(this.spec, pools, random.fork(i));
      const id = i + 1;
      images.push({ id, file_name: fileName(i), width: size, height: size });
      for (const { category, box, area } of scene.objects) {
        annotations.push({
          id: annotations.length + 1,
          image_id: id,
          category_id: category + 1,
          bbox: box,
          area,
          iscrowd: 0,
        });
      }
      written.push(this.writeImage(join(this.folder, files.images, fileName(i)), scene.image));
      if (i % 16 === 15) await this.breathe();
    }
    await Promise.all(written);
    const categories = names.map((name, i) => ({ id: i + 1, name }));
    const description = `generated scenes, pool ${pool}`;
    const whole = { info: { description }, images, annotations, categories };
    if (files.truth === undefined) return this.writeJson(files.annotations, whole);
    await this.writeJson(files.truth, whole);
    await this.writeJson(files.annotations, { info: { description }, images, categories });
  }

  private async writeJson(file: string, value: unknown): Promise<void> {
    await writeFile(join(this.folder, file), JSON.stringify(value));
  }

  private writeImage(file: string, { width, height, data }: RgbImage): Promise<void> {
    const written = this.limit(async () => {
      await sharp(data, { raw: { width, height, channels: 3 } })
        .png({ compressionLevel: 6, adaptiveFiltering: false })
        .toFile(file);
      this.done++;
      if (this.done % 50 === 0 || this.done === this.total) {
        this.options.progress?.('generate scenes', this.done, this.total);
      }
    });
    // When generation is stopped, nobody awaits the files under way: that must not count as unhandled.
    written.catch(() => undefined);
    return written;
  }

  /** Lets files be written and Ctrl-C be handled between scenes. */
  private async breathe(): Promise<void> {
    await new Promise(setImmediate);
    this.options.signal?.throwIfAborted();
  }
}

function fileName(index: number): string {
  return `${String(index + 1).padStart(6, '0')}.png`;
}

/** Versions of what the scenes' pixels come from: the sprites, the SVG renderer and the PNG encoder. */
async function packageVersions(): Promise<Record<string, string>> {
  const sprites = await Promise.all(
    styles.map(async (style) => {
      const icons = require.resolve(`@iconify-json/${style}/icons.json`);
      const manifest = JSON.parse(await readFile(join(dirname(icons), 'package.json'), 'utf8')) as {
        version: string;
      };
      return [style, manifest.version] as const;
    }),
  );
  const { sharp: version = '', vips = '', rsvg = '' } = sharp.versions as Record<string, string>;
  return { ...Object.fromEntries(sprites), sharp: version, vips, rsvg };
}
