import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/contract';
import { mutate } from './mutate';
import { targets } from './targets';
import { tryInput } from './try-input';

/** `<target>/<what it is>`: inputs that were read badly once, and those that are known for it. */
const corpus = join(__dirname, 'corpus');

const named = readdirSync(corpus, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(join(corpus, name)).map((file) => [name, file] as const));

describe('inputs that are known to be nasty', () => {
  it.each(named)('%s: %s', async (target, file) => {
    expect(await tryInput(targets[target]!, readFileSync(join(corpus, target, file)))).toBeUndefined();
  });
});

// `npm run fuzz` tries as many as there is time for.
describe('inputs that are broken at random', () => {
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
