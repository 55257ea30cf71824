import { expect, it } from 'vitest';
import { createRandom } from '../../src/contract';
import { randomKills, runKilled, undisturbed } from './killed-hosts';

// `npm run test:faults` does the same with fifty kills, and at every write.
it('a host that is killed at any moment, or in the middle of a write, loses nothing and repeats nothing', async () => {
  const wanted = undisturbed();
  const random = createRandom('killed hosts');
  const runs = [
    await runKilled([...randomKills(random, 2, 2500), { atWrite: 9 }]),
    await runKilled([{ atWrite: 1 + random.integer(30) }, { atWrite: 4 }]),
  ];
  for (const { findings, content, kills } of runs) {
    expect(findings).toEqual([]);
    expect(content).toEqual(await wanted);
    expect(kills).toBeGreaterThan(0);
  }
});
