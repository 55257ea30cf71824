import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cropWindow, fittedSize, moveObjects, resizeAndCropImage, resizeAndCropValues } from '.';
import { packageFolder } from '../core/files/package-folder';

const root = process.env.RETHINK_FIXTURES ?? join(packageFolder, '../shared/fixtures');
const file = join(root, 'retinanet', 'resize');
const present = existsSync(`${file}.json`);
if (!present) console.warn(`skipped: there is no ${file}.json (set RETHINK_FIXTURES)`);

interface Case {
  readonly image: [number, number];
  readonly outputSize: [number, number];
  readonly paddedSize: [number, number];
  readonly draws: { readonly scale: number; readonly offset: [number, number] } | null;
  readonly scaledSize: [number, number];
  readonly offset: [number, number];
}

/** The tensors of a safetensors file, as numbers. */
function readTensors(path: string): (name: string) => number[] {
  const bytes = readFileSync(path);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    { dtype: 'F32' | 'I32'; data_offsets: [number, number] }
  >;
  return (name) => {
    const { dtype, data_offsets } = header[name]!;
    const values: number[] = [];
    for (let at = start + data_offsets[0]; at < start + data_offsets[1]; at += 4) {
      values.push(dtype === 'F32' ? bytes.readFloatLE(at) : bytes.readInt32LE(at));
    }
    return values;
  };
}

describe.skipIf(!present)('resize and crop against the reference code', () => {
  const cases = present ? (JSON.parse(readFileSync(`${file}.json`, 'utf8')) as { cases: Case[] }).cases : [];
  const tensors = present ? readTensors(`${file}.safetensors`) : () => [];

  it.each(cases.map((given, i) => [i, given] as const))('case %i', (i, given) => {
    const [height, width] = given.image;
    const [outHeight, outWidth] = given.outputSize;
    const [paddedHeight, paddedWidth] = given.paddedSize;
    const scale = given.draws?.scale ?? 1;
    const [uniformY, uniformX] = given.draws?.offset ?? [0, 0];
    const size = { width: outWidth, height: outHeight };
    const window = cropWindow({ width, height }, size, scale, uniformY, uniformX);
    expect(fittedSize({ width, height }, size, scale)).toEqual({
      scaledHeight: given.scaledSize[0],
      scaledWidth: given.scaledSize[1],
    });
    expect([window.offsetY, window.offsetX]).toEqual(given.offset);

    const data = Uint8Array.from(tensors(`${i}/image`));
    const result = resizeAndCropImage({ width, height, data }, window);
    const wanted = tensors(`${i}/output`);
    const values = resizeAndCropValues({ width, height, data }, window);
    // Bytes: half a step of rounding, and 0.094 of the integer weights (image-resample.ts).
    let worst = 0;
    let worstUnrounded = 0;
    for (let y = 0, at = 0; y < paddedHeight; y++) {
      for (let x = 0; x < paddedWidth; x++) {
        const inside = y < result.height && x < result.width;
        for (let c = 0; c < 3; c++, at++) {
          const value = inside ? result.data[(y * result.width + x) * 3 + c]! : 0;
          const unrounded = inside ? values[(y * result.width + x) * 3 + c]! : 0;
          worst = Math.max(worst, Math.abs(value - wanted[at]!));
          worstUnrounded = Math.max(worstUnrounded, Math.abs(unrounded - wanted[at]!));
        }
      }
    }
    expect(worst).toBeLessThanOrEqual(0.6);
    expect(worstUnrounded).toBeLessThanOrEqual(1e-2);

    const boxes = tensors(`${i}/boxes`);
    const objects = Array.from({ length: boxes.length / 4 }, (_, n) => {
      const [yMin, xMin, yMax, xMax] = boxes.slice(4 * n, 4 * n + 4) as [number, number, number, number];
      return { yMin, xMin, yMax, xMax, category: n };
    });
    // The reference clips to the last pixel, the contract to the border.
    const moved = moveObjects(objects, {
      ...window,
      scaleX: window.scaledWidth / width,
      scaleY: window.scaledHeight / height,
      width: outWidth - 1,
      height: outHeight - 1,
    });
    const kept = tensors(`${i}/kept`);
    expect(moved.map(({ category }) => category)).toEqual(kept);
    const wantedBoxes = tensors(`${i}/outputBoxes`);
    for (const { category, ...box } of moved) {
      const at = wantedBoxes.length === 4 * kept.length ? kept.indexOf(category) : category;
      for (const [side, name] of (['yMin', 'xMin', 'yMax', 'xMax'] as const).entries()) {
        expect(Math.abs(box[name] - wantedBoxes[4 * at + side]!)).toBeLessThanOrEqual(1e-4);
      }
    }
  });
});
