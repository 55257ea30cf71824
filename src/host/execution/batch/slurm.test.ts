import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOutcomeFile } from '../../../core/plan/outcome-file';
import { ArtifactStore } from '../../../core/artifact/artifact-store';
import { keyOf, runTest, temporaryFolder, type TestStage } from '../plan.test-helper';
import { endHosts, type TestHost } from '../spawn-host.test-helper';
import {
  cancelJobs,
  cluster,
  counted,
  jobsOf,
  nodeOf,
  runCluster,
  sharedWorkspace,
  slurmHost,
  submitOther,
} from './slurm-cluster.test-helper';

// `npm run test:slurm` starts a cluster and runs this file.
let workspace: string;
afterEach(() => endHosts());

/** A stage that takes a while and can resume at any step. */
const long = (steps: number, stepMs = 100): TestStage => ({ behaviour: 'count', steps, stepMs });
const sumTo = (steps: number): number => (steps * (steps + 1)) / 2;

describe.runIf(cluster !== undefined)('a run on a SLURM cluster', () => {
  beforeEach(() => (workspace = sharedWorkspace()));

  it('runs stages as jobs, with the results, failures and bits of a local run', async () => {
    const stages: Record<string, TestStage> = {
      plain: long(5, 10),
      score: { behaviour: 'score', needs: ['plain'] },
      child: { ...long(3, 10), needs: ['plain'] },
      bad: { behaviour: 'throw' },
      after: { behaviour: 'succeed', needs: ['bad'] },
      greedy: { behaviour: 'eat-memory' },
    };
    const host = slurmHost(workspace, stages, { slurm: { memory: '400M' } });
    await host.exit;
    expect(host.lines).toContain('bad failed: error STAGE_THREW');
    expect(host.lines).toContain('after blocked by bad');
    expect(host.lines).toContain('greedy failed: memory STAGE_MEMORY');
    expect(host.lines.at(-1)).toBe('failed ');
    // Scoring takes place in the job of the stage before it.
    expect(jobsOf(workspace, 'score')).toEqual([]);
    const local = temporaryFolder();
    try {
      await runTest(local.path, stages, { memoryLimitBytes: 300 << 20 });
      const [remote, here] = [new ArtifactStore(workspace), new ArtifactStore(local.path)];
      expect(remote.keys()).toEqual(here.keys());
      const bits = (store: ArtifactStore, name: string) =>
        readFileSync(join(store.folder(keyOf(name)), 'sum.json'));
      for (const name of ['plain', 'score', 'child']) expect(bits(remote, name)).toEqual(bits(here, name));
    } finally {
      local.remove();
    }
    const { environment, ledger } = readOutcomeFile(new ArtifactStore(workspace).folder(keyOf('plain')));
    expect(environment).toMatchObject({
      hostname: nodeOf(host, 'plain'),
      job: { id: String(jobsOf(workspace, 'plain')[0]) },
    });
    expect(ledger.queuedSeconds).toBeGreaterThan(0);
    expect(ledger.queuedSeconds).toBeLessThan(60);
    expect(readdirSync(join(workspace, 'jobs'))).toEqual([]);
    expect((await runTest(workspace, { plain: long(5, 10) })).status).toBe('unchanged');
  });

  it('goes on when its host is killed; the next run joins jobs and takes finished stages', async () => {
    const stages = { a: long(20), b: long(150), c: { ...long(1), needs: ['a', 'b'] } };
    const first = slurmHost(workspace, stages);
    await first.seen('b on');
    first.process.kill('SIGKILL');
    await expect.poll(() => new ArtifactStore(workspace).has(keyOf('a')), { timeout: 60_000 }).toBe(true);
    const second = slurmHost(workspace, stages);
    await second.exit;
    expect(second.lines[0]).toBe('run started, 1 reused, 100 slots');
    expect(second.lines.at(-1)).toBe('done ');
    expect(counted(workspace, 'b')).toEqual({ sum: sumTo(150), from: 0 });
    for (const name of ['a', 'b', 'c']) expect(jobsOf(workspace, name)).toHaveLength(1);
  });

  it('can be left, or cancelled at a point from which the next run resumes', async () => {
    const stages = { a: long(150), waiting: { ...long(2), needs: ['a'] } };
    const first = slurmHost(workspace, stages, { whenStopped: 'detach' });
    await first.seen('a on');
    first.process.kill('SIGINT');
    await first.exit;
    expect(first.lines.at(-1)).toBe('cancelled ');
    await sleep(1500);
    const second = slurmHost(workspace, stages);
    await second.seen('a on');
    await sleep(1500);
    second.process.kill('SIGINT');
    await second.exit;
    expect(second.lines.at(-1)).toBe('cancelled ');
    expect(jobsOf(workspace, 'a')).toHaveLength(1);
    const third = slurmHost(workspace, stages);
    await third.exit;
    expect(third.lines.at(-1)).toBe('done ');
    expect(counted(workspace, 'a').sum).toBe(sumTo(150));
    expect(counted(workspace, 'a').from).toBeGreaterThan(10);
  });

  it('continues on another node after a power failure', async () => {
    const host = slurmHost(workspace, { a: long(120) });
    await host.seen('a on');
    const node = nodeOf(host, 'a');
    await sleep(3000);
    runCluster('kill-node', node);
    try {
      await host.exit;
    } finally {
      runCluster('start-node', node);
    }
    expect(host.lines.at(-1)).toBe('done ');
    expect(jobsOf(workspace, 'a')).toHaveLength(1);
    expect(counted(workspace, 'a').sum).toBe(sumTo(120));
    expect(counted(workspace, 'a').from).toBeGreaterThan(5);
    expect(readdirSync(join(workspace, 'artifacts', '.drafts'))).toEqual([]);
  });

  it('waits for a controller that is away for a minute', async () => {
    const host = slurmHost(workspace, { a: long(150), b: { ...long(1), needs: ['a'] } });
    await host.seen('a on');
    // It saves its state every few seconds.
    await sleep(8000);
    runCluster('kill-controller');
    await sleep(60_000);
    expect(host.process.exitCode).toBe(null);
    runCluster('start-controller');
    await host.exit;
    expect(host.lines.at(-1)).toBe('done ');
    for (const [name, steps] of [
      ['a', 150],
      ['b', 1],
    ] as const) {
      expect(host.lines.filter((line) => line.startsWith(`${name} on`))).toHaveLength(1);
      expect(counted(workspace, name)).toEqual({ sum: sumTo(steps), from: 0 });
    }
  });

  it('saves progress when its job is preempted, cancelled by hand or out of time, and goes on', async () => {
    const preempted = slurmHost(workspace, { a: long(300) }, { slurm: { partition: 'low' } });
    await preempted.seen('a on');
    await sleep(3000);
    const others = [1, 2, 3, 4].map(() => submitOther('--partition=main', '--mem=1000M', '--wrap=sleep 15'));
    await preempted.exit;
    cancelJobs(...others);
    expect(preempted.lines.filter((line) => line.startsWith('a on'))).toHaveLength(2);
    expect(counted(workspace, 'a').sum).toBe(sumTo(300));
    expect(counted(workspace, 'a').from).toBeGreaterThan(5);

    // A job of SLURM takes whole minutes.
    const byHand = slurmHost(workspace, { b: long(120), c: long(1000) }, { slurm: { minutes: 1 } });
    await byHand.seen('b on');
    await sleep(3000);
    cancelJobs(...jobsOf(workspace, 'b'));
    await byHand.exit;
    expect(byHand.lines.at(-1)).toBe('done ');
    for (const [name, steps] of [
      ['b', 120],
      ['c', 1000],
    ] as const) {
      expect(counted(workspace, name).sum).toBe(sumTo(steps));
      expect(counted(workspace, name).from).toBeGreaterThan(5);
      expect(jobsOf(workspace, name).length).toBeGreaterThan(1);
    }
  });

  it('refuses a second host; if locks do not work between their machines, no stage runs twice', async () => {
    const stages = { a: long(60), b: { ...long(1), needs: ['a'] } };
    const first = slurmHost(workspace, stages);
    await first.seen('run started');
    const refused = slurmHost(workspace, stages);
    await refused.exit;
    expect(refused.lines[0]).toMatch(/^refused WORKSPACE_BUSY/);
    const elsewhere = temporaryFolder();
    const run = join(workspace, 'run');
    const apart = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      `mount --bind ${elsewhere.path} ${run} && exec "$@"`,
      'sh',
    ];
    const second = slurmHost(workspace, stages, {}, apart);
    await Promise.all([first.exit, second.exit]);
    elsewhere.remove();
    expect(
      [first.lines.at(-1), second.lines.at(-1)].map((line) => /^(done|unchanged) $/.test(line!)),
    ).toEqual([true, true]);
    expect(counted(workspace, 'a')).toEqual({ sum: sumTo(60), from: 0 });
  });

  it('reports a node that lacks the workspace or Node once, and runs nothing', async () => {
    const stages = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`a${index}`, long(1)]));
    const unseen = slurmHost(sharedWorkspace('hidden'), stages, { slurm: { partition: 'blind' } });
    const bare = slurmHost(workspace, stages, { slurm: { partition: 'bare' } });
    const wrong = slurmHost(sharedWorkspace(), stages, { slurm: { partition: 'none' } });
    await Promise.all([unseen.exit, bare.exit, wrong.exit]);
    const refusals = ({ lines }: TestHost) => lines.filter((line) => line.startsWith('refused'));
    expect([...refusals(unseen), ...refusals(bare), ...refusals(wrong)]).toEqual([
      expect.stringContaining('BATCH_NODE: Node n3 cannot read the workspace.') as string,
      expect.stringContaining('BATCH_NODE: Node n4 has no Node.js.') as string,
      expect.stringMatching(/BATCH_REFUSED: .*invalid partition/i) as string,
    ]);
    const failures = [unseen, bare, wrong].flatMap(({ lines }) =>
      lines.filter((line) => /^a\d failed: (?!cancelled)/.test(line)),
    );
    expect(failures).toEqual([]);
  });

  it('ends in order on a file system that is full or read-only, and goes on elsewhere', async () => {
    const small = sharedWorkspace('small');
    const full = slurmHost(small, {
      fill: { behaviour: 'fill-disk' },
      after: { ...long(1), needs: ['fill'] },
    });
    await full.exit;
    expect(full.lines).toContain('fill failed: error DISK_FULL');
    expect(full.lines).toContain('after blocked by fill');
    expect(readdirSync(join(small, 'artifacts', '.drafts'))).toEqual([]);
    const readOnly = slurmHost(small, { a: long(30) }, { slurm: { partition: 'blind' } });
    await readOnly.exit;
    expect(readOnly.lines).toContain('a failed: error DISK_FULL');
    const again = slurmHost(small, { a: long(30) });
    await again.exit;
    expect(again.lines.at(-1)).toBe('done ');
  });

  it('queries the controller rarely and needs little memory for 1,000 stages', async () => {
    const bin = join(workspace, 'bin');
    mkdirSync(bin);
    const squeue = execFileSync('which', ['squeue'], { encoding: 'utf8' }).trim();
    writeFileSync(join(bin, 'squeue'), `#!/bin/sh\ndate +%s.%N >>${bin}/asked\nexec ${squeue} "$@"\n`);
    chmodSync(join(bin, 'squeue'), 0o755);
    const stages = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`many${index}`, long(1)]));
    const host = slurmHost(workspace, stages, { slurm: { maxJobs: 1000 } }, [
      'env',
      `PATH=${bin}:${process.env['PATH']}`,
    ]);
    await host.seen('many500 queued');
    await sleep(20_000);
    host.process.kill('SIGUSR1');
    await host.seen('memory');
    host.process.kill('SIGINT');
    await host.exit;
    const memory = Number(/memory (\d+)/.exec(host.lines.join('\n'))![1]);
    expect(memory).toBeLessThan(300 << 20);
    const asked = readFileSync(join(bin, 'asked'), 'utf8').trim().split('\n').map(Number);
    const gaps = asked.slice(1).map((time, index) => time - asked[index]!);
    expect(Math.min(...gaps)).toBeGreaterThan(1.9);
    expect(existsSync(join(workspace, 'jobs')) ? readdirSync(join(workspace, 'jobs')) : []).toEqual([]);
  });
});
