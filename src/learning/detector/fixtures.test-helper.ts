import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { NamedArrays } from '../../contract/stages';
import { parseSafetensors } from '../tensor/safetensors';
import { packageFolder } from '../../core/files/package-folder';

const root = process.env.RETHINK_FIXTURES ?? join(packageFolder, '../shared/fixtures');

/** A folder of reference numbers, or undefined, with the reason printed, where this machine has none. */
export function fixtureFolder(...path: string[]): string | undefined {
  const folder = join(root, ...path);
  if (existsSync(folder)) return folder;
  console.log(`skipped: no ${folder}; set RETHINK_FIXTURES to the folder of reference numbers`);
  return undefined;
}

export interface Fixture<Description> {
  readonly description: Description;
  readonly tensors: NamedArrays;
  floats(name: string): Float32Array;
  integers(name: string): Int32Array;
  shape(name: string): readonly number[];
}

/** `<name>.json` with the tensors of `<name>.safetensors`. */
export function readFixture<Description>(folder: string, name: string): Fixture<Description> {
  const description = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Description;
  return { description, ...readTensors(join(folder, `${name}.safetensors`)) };
}

export function readTensors(file: string): Omit<Fixture<never>, 'description'> {
  const { tensors } = parseSafetensors(readFileSync(file), file);
  const tensor = (key: string) => {
    const found = tensors[key];
    if (found === undefined) throw new Error(`${file} has no ${key}`);
    return found;
  };
  return {
    tensors,
    floats: (key) => Float32Array.from(tensor(key).values),
    integers: (key) => Int32Array.from(tensor(key).values),
    shape: (key) => tensor(key).shape,
  };
}

/** Each value within `absolute + relative · |expected|`; names the worst one. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: { absolute?: number; relative?: number },
): void {
  expect(actual.length).toBe(expected.length);
  let worst = { excess: 0, index: -1 };
  for (let i = 0; i < expected.length; i++) {
    const allowed = (tolerance.absolute ?? 0) + (tolerance.relative ?? 0) * Math.abs(expected[i]!);
    const difference = Math.abs(actual[i]! - expected[i]!);
    const excess = Number.isNaN(difference) ? Infinity : difference - allowed;
    if (excess > worst.excess) worst = { excess, index: i };
  }
  if (worst.index >= 0) {
    expect.fail(`value ${worst.index}: ${actual[worst.index]} instead of ${expected[worst.index]}`);
  }
}
