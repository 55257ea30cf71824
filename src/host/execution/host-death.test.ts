import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArtifactStore } from '../../core/artifact/artifact-store';
import { createRandom } from '../../contract';
import { identify } from '../../core/process/process-tree';
import { keyOf, runTest, temporaryFolder, type TestStage } from './plan.test-helper';
import { endHosts, spawnHost } from './spawn-host.test-helper';

/** How often the host is killed in the test below; raise it for a long trial: `RETHINK_KILLS=50`. */
const kills = Number(process.env['RETHINK_KILLS'] ?? 3);

let workspace: string;
let remove: () => void;
beforeEach(() => ({ path: workspace, remove } = temporaryFolder()));
afterEach(() => {
  endHosts();
  remove();
});

/** Others may use the machine too. */
const patient = { timeout: 30_000 };

const logFile = (name: string): string => join(workspace, 'logs', `${keyOf(name)}.log`);
const log = (name: string): string => (existsSync(logFile(name)) ? readFileSync(logFile(name), 'utf8') : '');
const children = (): number[] => readdirSync(join(workspace, 'run', 'children')).map(Number);

describe('a host that is killed', () => {
  it('takes its stages along, those too that never look up', async () => {
    const host = spawnHost(workspace, { block: { behaviour: 'block' }, hang: { behaviour: 'hang' } });
    await host.seen('hang started');
    await expect.poll(children, patient).toHaveLength(2);
    await expect.poll(() => log('hang'), patient).toContain('hanging');
    await expect.poll(() => log('block'), patient).toContain('blocking');
    const pids = children();
    host.process.kill('SIGKILL');
    await expect.poll(() => pids.map((pid) => identify(pid)), patient).toEqual([undefined, undefined]);
  });

  it('loses nothing that was finished, and goes on in the middle of a stage', async () => {
    const stages: Record<string, TestStage> = {};
    for (const name of ['a', 'b']) {
      stages[name] = { behaviour: 'count', steps: 40, stepMs: 5 };
      stages[`after ${name}`] = { behaviour: 'count', steps: 20, stepMs: 5, needs: [name] };
    }
    const random = createRandom(process.env['RETHINK_KILLS'] === undefined ? 3 : Math.random());
    const lines: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const host = spawnHost(workspace, stages);
      await host.seen('run started');
      await sleep(random.between(0, 1500));
      host.process.kill('SIGKILL');
      await host.exit;
      lines.push(...host.lines);
    }
    const last = spawnHost(workspace, stages);
    await last.exit;
    lines.push(...last.lines);
    expect(last.lines.at(-1)).toMatch(/^(done|unchanged) $/);

    for (const name of Object.keys(stages)) {
      const finished = lines.indexOf(`${name} finished`);
      if (finished >= 0) expect(lines.slice(finished)).not.toContain(`${name} started (1)`);
    }
    const undisturbed = temporaryFolder();
    try {
      await runTest(undisturbed.path, stages);
      const [store, other] = [new ArtifactStore(workspace), new ArtifactStore(undisturbed.path)];
      expect(store.keys()).toEqual(other.keys());
      for (const key of store.keys()) {
        expect(await store.verify(key)).toBeUndefined();
        const sum = (each: ArtifactStore): string => readFileSync(join(each.folder(key), 'sum.json'), 'utf8');
        expect(sum(store)).toBe(sum(other));
      }
    } finally {
      undisturbed.remove();
    }
    expect(readdirSync(join(workspace, 'artifacts', '.drafts'))).toEqual([]);
    expect(readdirSync(join(workspace, 'resume'))).toEqual([]);
  });
});

describe('two hosts in one workspace', () => {
  const long: Record<string, TestStage> = { long: { behaviour: 'count', steps: 1000, stepMs: 10 } };

  it('the second is refused and told who is at work; after the first was killed, it may', async () => {
    const first = spawnHost(workspace, long);
    await first.seen('long started');
    await expect(runTest(workspace, long)).rejects.toMatchObject({
      code: 'WORKSPACE_BUSY',
      message: expect.stringContaining(`process ${first.process.pid} on`) as string,
    });
    first.process.kill('SIGKILL');
    await first.exit;
    expect((await runTest(workspace, { other: { behaviour: 'succeed' } })).status).toBe('done');
  });

  it('the same process may not twice either', async () => {
    const stop = new AbortController();
    const first = runTest(workspace, long, {
      signal: stop.signal,
      listeners: [
        {
          stageStarted: async () => {
            await expect(runTest(workspace, long)).rejects.toMatchObject({ code: 'WORKSPACE_BUSY' });
            stop.abort();
          },
        },
      ],
    });
    expect((await first).status).toBe('cancelled');
  });
});
