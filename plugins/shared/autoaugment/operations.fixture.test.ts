import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type RgbImage } from '../../../src/contract';
import { magnitudeAt, paperConstants } from './levels';
import { applyOperation, isPerBox, type OperationName, operationNames } from './operations';
import { policies, randAugmentOperations } from './policies';
import { type Box, type Draws } from './types';

const root = process.env.RETHINK_FIXTURES ?? resolve(__dirname, '../../../../shared/fixtures');
const folder = join(root, 'augmentation');
const present = existsSync(join(folder, 'cases.json'));
if (!present) console.warn(`skipped: there is no ${folder} (set RETHINK_FIXTURES)`);

type Draw = { uniform: number } | { integer: number; from: number; below: number };

interface Case {
  readonly op: OperationName;
  readonly arguments: Readonly<Record<string, number | boolean>>;
  readonly image: string;
  readonly boxes: readonly Box[];
  readonly draws: readonly Draw[];
  readonly output: string;
  readonly outputBoxes: readonly Box[];
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
}

async function readPng(file: string): Promise<RgbImage> {
  const { data, info } = await sharp(join(folder, file))
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

/** Gives the noted draws in their order, and fails where an operation asks for something else. */
function replay(draws: readonly Draw[]): Draws & { left(): number } {
  let next = 0;
  return {
    uniform() {
      const draw = draws[next++];
      if (draw === undefined || !('uniform' in draw)) throw new Error(`draw ${next - 1} is not uniform`);
      return draw.uniform;
    },
    integer(exclusive) {
      const draw = draws[next++];
      if (draw === undefined || !('integer' in draw)) throw new Error(`draw ${next - 1} is no integer`);
      expect(exclusive).toBe(draw.below - draw.from);
      return draw.integer - draw.from;
    },
    left: () => draws.length - next,
  };
}

describe.skipIf(!present)('operations of detection AutoAugment against the reference code', () => {
  const cases = present ? readJson<{ cases: Case[] }>('cases.json').cases : [];

  it('has cases of every operation', () => {
    expect(new Set(cases.map(({ op }) => op))).toEqual(new Set(operationNames));
  });

  it.each(operationNames)('%s', async (name) => {
    for (const given of cases.filter(({ op }) => op === name)) {
      const image = await readPng(given.image);
      const wanted = await readPng(given.output);
      const before = image.data.slice();
      const draws = replay(given.draws);
      const { prob, replaceWithMean, ...rest } = given.arguments;
      const value = Number(Object.values(rest)[0] ?? 0);
      const operation = {
        name,
        value,
        probability: Number(prob ?? 1),
        replaceWithMean: replaceWithMean === true,
      };
      const result = applyOperation({ image, boxes: given.boxes }, operation, draws);
      expect(draws.left(), given.output).toBe(0);
      expect(Buffer.compare(image.data, before)).toBe(0);
      expect([result.image.width, result.image.height]).toEqual([wanted.width, wanted.height]);
      // A float sum in the reference has another order: one step of 255 either way.
      const allowed = name === 'Sharpness' ? 1 : 0;
      expect(greatestDifference(result.image.data, wanted.data), given.output).toBeLessThanOrEqual(allowed);
      expect(result.boxes.length).toBe(given.outputBoxes.length);
      for (const [i, box] of result.boxes.entries()) {
        for (const [side, share] of box.entries()) {
          expect(Math.abs(share - given.outputBoxes[i]![side]!), given.output).toBeLessThanOrEqual(1e-6);
        }
      }
      if (isPerBox(name)) expect(result.boxes).toEqual(given.boxes);
    }
  });

  it('maps levels to arguments', () => {
    const levels = readJson<Record<OperationName, number[][]>>('levels.json');
    for (const name of operationNames) {
      for (const [level, [value = 0]] of levels[name].entries()) {
        expect(magnitudeAt(name, level, paperConstants), `${name} ${level}`).toBeCloseTo(Number(value), 10);
      }
    }
  });

  it('has the policies', () => {
    const wanted = readJson<{ policies: unknown; randAugment: { ops: string[] } }>('policies.json');
    expect(policies).toEqual(wanted.policies);
    expect(randAugmentOperations).toEqual(wanted.randAugment.ops);
  });
});

function greatestDifference(a: Uint8Array, b: Uint8Array): number {
  let greatest = 0;
  for (let i = 0; i < a.length; i++) greatest = Math.max(greatest, Math.abs(a[i]! - b[i]!));
  return greatest;
}
