import { isDeepStrictEqual } from 'node:util';
import { createRandom } from '../src/contract';
import { type Kill, type KilledRun, randomKills, runKilled, undisturbed } from '../test/faults/killed-hosts';
import { exitWith } from './exit-with';
import { count, scriptOptions } from './script-options';

/**
 * Kills hosts with SIGKILL, at random moments and in the middle of each of their writes. After each series the workspace
 * must equal that of an undisturbed run, and no finished stage may have run again.
 *
 * npm run test:faults [-- --kills 50 --writes 40 --seed 1]
 */
const settings = scriptOptions({
  kills: count.default(50),
  writes: count.default(40),
  seed: count.default(1),
});

/** Kills of one workspace, one host after the other. */
const SERIES = 5;

async function main(): Promise<number> {
  const random = createRandom(`faults ${settings.seed}`);
  const begin = performance.now();
  const expected = await undisturbed();
  const lifeMs = performance.now() - begin;
  console.log(`a run without kills takes ${(lifeMs / 1000).toFixed(1)} s`);
  let wrong = 0;
  let kills = 0;
  const check = (what: string, run: KilledRun): void => {
    kills += run.kills;
    const findings = [
      ...run.findings,
      ...(isDeepStrictEqual(run.content, expected) ? [] : ['the workspace differs']),
    ];
    wrong += findings.length;
    console.log(`${what}: ${findings.length === 0 ? 'equal' : findings.join('; ')}`);
  };
  while (kills < settings.kills) {
    const series = randomKills(random, Math.min(SERIES, settings.kills - kills), lifeMs);
    check(`killed after ${series.map(seconds).join(', ')} s`, await runKilled(series));
  }
  const atMoments = kills;
  for (let write = 1; write <= settings.writes; write++) {
    check(`killed in write ${write}`, await runKilled([{ atWrite: write }]));
  }
  console.log(
    `${atMoments} kills at random moments, ${kills - atMoments} in the middle of writes: ` +
      (wrong === 0 ? 'nothing lost, nothing repeated' : `${wrong} findings`),
  );
  return wrong === 0 ? 0 : 1;
}

function seconds(kill: Kill): string {
  return 'afterMs' in kill ? (kill.afterMs / 1000).toFixed(2) : String(kill.atWrite);
}

exitWith(main);
