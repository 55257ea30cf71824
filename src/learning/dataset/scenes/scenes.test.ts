import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../contract';
import { digestDataset } from '../digest';
import { openDataset } from '../open';
import { poolsOf, composeScene } from './compose';
import { type Colour } from './colour';
import { type Sprite, makeSprite } from './sprite';
import { drawAll, type SpriteSet } from './sprites';
import { generateScenes, sceneFiles } from './generate';
import {
  classificationNames,
  detectionNames,
  distractorNames,
  otherDetectionNames,
} from '../../../core/plan/scenes/names';
import { scenesSpec, styles } from '../../../core/plan/scenes/spec';

const small = scenesSpec.parse({
  size: 48,
  classes: 3,
  train: 12,
  val: 6,
  unlabelled: 5,
  styles: ['twemoji', 'openmoji'],
  classification: { classes: 3, perClass: 2, size: 32 },
  otherDetection: { classes: 2, images: 4 },
});

describe('names', () => {
  it('are disjoint, so that no part is ever seen in another', () => {
    const all = [...detectionNames, ...distractorNames, ...otherDetectionNames, ...classificationNames];
    expect(new Set(all).size).toBe(all.length);
  });

  it('are drawn by all styles for what is detected, by five at least for all else', async () => {
    const detected = await drawAll(detectionNames, styles, 16);
    for (const variants of detected.values()) expect(variants.length).toBe(styles.length);
    const others = await drawAll(
      [...distractorNames, ...otherDetectionNames, ...classificationNames],
      styles,
      16,
    );
    for (const variants of others.values()) expect(variants.length).toBeGreaterThanOrEqual(5);
  });
});

describe('composeScene', () => {
  const spec = scenesSpec.parse({ size: 64, classes: 4 });
  let sprites: SpriteSet;
  beforeAll(async () => {
    sprites = await drawAll([...detectionNames.slice(0, 4), ...distractorNames], ['noto', 'fxemoji'], 64);
  });
  const compose = (seed: string | number, changes: object = {}) =>
    composeScene(
      { ...spec, ...changes },
      poolsOf(sprites, detectionNames.slice(0, 4), distractorNames),
      createRandom(seed),
    );

  it('gives the same scene for the same draws, another for others', () => {
    expect(compose(1)).toEqual(compose(1));
    expect(compose(1).image.data).not.toEqual(compose(2).image.data);
  });

  it('keeps to the numbers asked for, with boxes inside that hold their pixels', () => {
    for (let seed = 0; seed < 40; seed++) {
      const { objects } = compose(seed, { objects: { min: 2, max: 3, sizeMin: 0.2, sizeMax: 0.4 } });
      expect(objects.length).toBeGreaterThanOrEqual(1);
      expect(objects.length).toBeLessThanOrEqual(3);
      for (const { category, box, area } of objects) {
        const [x, y, width, height] = box;
        expect(category).toBeLessThan(4);
        expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
        expect(x + width).toBeLessThanOrEqual(64);
        expect(y + height).toBeLessThanOrEqual(64);
        expect(area).toBeGreaterThan(0);
        expect(area).toBeLessThanOrEqual(width * height);
        // Turned and stretched, a sprite of 0.4 of the side stays below 0.4 · (1.18 + tan 25°).
        expect(Math.max(width, height)).toBeLessThanOrEqual(0.4 * 64 * 1.65);
      }
    }
  });

  it('draws boxes tight on what is seen', () => {
    // A scene with a red shape and the same one with a green shape differ just where the shape is seen.
    const options = { ...spec, objects: { min: 1, max: 1, sizeMin: 0.3, sizeMax: 0.6 }, distractors: 0 };
    const compose = (colour: Colour, seed: number) =>
      composeScene(options, { classes: [[disc(colour)]], distractors: [] }, createRandom(seed));
    for (let seed = 0; seed < 20; seed++) {
      const { image, objects } = compose([250, 0, 0], seed);
      const [x, y, width, height] = objects[0]!.box;
      const touched = differingBox(image.data, compose([0, 250, 0], seed).image.data, 64);
      // Soft edges below the visible alpha may reach a pixel further.
      for (const [side, edge] of [x, y, x + width, y + height].entries()) {
        expect(Math.abs(touched[side]! - edge)).toBeLessThanOrEqual(1);
      }
    }
  });

  it('counts only what is seen of an object that others hide', () => {
    const options = { ...spec, objects: { min: 4, max: 4, sizeMin: 0.4, sizeMax: 0.6 }, distractors: 0 };
    const variants = [disc([250, 0, 0])];
    let hidden = 0;
    for (let seed = 0; seed < 20; seed++) {
      const { objects } = composeScene(options, { classes: [variants], distractors: [] }, createRandom(seed));
      for (const { area, box } of objects) {
        const [, , width, height] = box;
        // An ellipse fills π/4 of its box; what is clearly below was hidden.
        if (area < 0.7 * width * height) hidden++;
      }
    }
    expect(hidden).toBeGreaterThan(0);
  });
});

function disc([red, green, blue]: Colour): Sprite {
  const side = 40;
  const data = new Uint8Array(side * side * 4);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (Math.hypot(x - 19.5, y - 19.5) > 20) continue;
      data.set([red, green, blue, 255], (y * side + x) * 4);
    }
  }
  return makeSprite('disc', 'test', { width: side, height: side, data })!;
}

describe('generateScenes', () => {
  const parent = mkdtempSync(join(tmpdir(), 'rethink-scenes-'));
  let folder: string;
  const events: [string, number, number][] = [];
  beforeAll(async () => {
    folder = await generateScenes(small, parent, { progress: (...event) => events.push(event) });
  });

  const pool = (files: { images: string; annotations: string }) =>
    openDataset({
      type: 'coco',
      annotations: join(folder, files.annotations),
      images: join(folder, files.images),
      digest: '',
    });

  it('writes COCO pools and a folder a class, and reports progress to the end', async () => {
    expect((await pool(sceneFiles.train)).images).toHaveLength(12);
    expect((await pool(sceneFiles.train)).categories.map(({ name }) => name)).toEqual(
      detectionNames.slice(0, 3),
    );
    expect((await pool(sceneFiles.val)).images).toHaveLength(6);
    expect((await pool(sceneFiles.otherDetection)).categories).toHaveLength(2);
    const classes = await openDataset({
      type: 'folders',
      images: join(folder, sceneFiles.classification),
      digest: '',
    });
    expect([classes.categories.length, classes.images.length]).toEqual([3, 6]);
    expect(events.at(-1)).toEqual(['generate scenes', 33, 33]);
  });

  it('hides the truth of unlabelled scenes in a file of its own', async () => {
    const { annotations, images, truth } = sceneFiles.unlabelled;
    const seen = await pool({ images, annotations });
    const hidden = await pool({ images, annotations: truth });
    expect(seen.images.every(({ objects }) => objects.length === 0)).toBe(true);
    expect(hidden.images.some(({ objects }) => objects.length > 0)).toBe(true);
    expect(readFileSync(join(folder, annotations), 'utf8')).not.toContain('bbox');
  });

  it('has no image in two pools', async () => {
    const pools = [sceneFiles.train, sceneFiles.val, sceneFiles.unlabelled, sceneFiles.otherDetection];
    const sums: string[] = [];
    for (const files of pools) sums.push(...(await digestDataset(await pool(files))).images);
    expect(new Set(sums).size).toBe(sums.length);
  });

  it('gives the same digest elsewhere, and the same folder again without any work', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'rethink-scenes-'));
    const other = await generateScenes(small, elsewhere);
    const digest = async (root: string) =>
      (
        await digestDataset(
          await openDataset({
            type: 'coco',
            annotations: join(root, sceneFiles.train.annotations),
            images: join(root, sceneFiles.train.images),
            digest: '',
          }),
        )
      ).digest;
    expect(await digest(other)).toBe(await digest(folder));
    let worked = false;
    expect(await generateScenes(small, parent, { progress: () => (worked = true) })).toBe(folder);
    expect(worked).toBe(false);
    expect(await generateScenes({ ...small, seed: 2 }, parent)).not.toBe(folder);
  });

  it('leaves nothing when it is stopped', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'rethink-scenes-'));
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(generateScenes({ ...small, train: 40 }, elsewhere, { signal })).rejects.toThrow('stopped');
    expect(readdirSync(elsewhere)).toEqual([]);
  });
});

/** Left, top, right and bottom of the pixels that differ. */
function differingBox(a: Uint8Array, b: Uint8Array, side: number): [number, number, number, number] {
  let [left, top, right, bottom] = [side, side, 0, 0];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const i = (y * side + x) * 3;
      if (a[i] === b[i] && a[i + 1] === b[i + 1] && a[i + 2] === b[i + 2]) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  return [left, top, right, bottom];
}
