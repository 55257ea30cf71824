import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/contract';
import { mutate } from './mutate';
import { targets } from './targets';
import { tryInput } from './try-input';

/** `<target>/<what it is>`: inputs that once broke a reader, and those known to break readers. */
const corpus = join(__dirname, 'corpus');

const named = readdirSync(corpus, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(join(corpus, name)).map((file) => [name, file] as const));

describe('known hard inputs', () => {
  it.each(named)('%s: %s', async (target, file) => {
    expect(await tryInput(targets[target]!, readFileSync(join(corpus, target, file)))).toBeUndefined();
  });
});

// `npm run fuzz` tries as many as there is time for.
describe('randomly broken inputs', () => {
  it.each(Object.entries(targets))('%s', async (name, target) => {
    const random = createRandom(`fuzz ${name}`);
    const seeds = await target.seeds();
    for (const seed of seeds) expect(await tryInput(target, seed)).toBeUndefined();
    for (let count = 0; count < 40; count++) {
      const input = mutate(seeds, random);
      const complaint = await tryInput(target, input);
      if (complaint !== undefined) throw new Error(`${complaint}\n${input.toString('base64')}`);
    }
  });
});
