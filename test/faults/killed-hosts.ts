import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactStore } from '../../src/core/artifact/artifact-store';
import type { RandomSource } from '../../src/contract';
import { keyOf, temporaryFolder, type TestStage } from '../../src/host/execution/plan.test-helper';
import { ResultsService } from '../../src/results/database/results.service';

/** A small matrix: two trainings, each scored, and a third that goes on from the first. */
export const matrix: Readonly<Record<string, TestStage>> = {
  a: { behaviour: 'count', steps: 20, stepMs: 3 },
  'score a': { behaviour: 'score', needs: ['a'] },
  b: { behaviour: 'count', steps: 25, stepMs: 3 },
  'score b': { behaviour: 'score', needs: ['b'] },
  'a again': { behaviour: 'count', steps: 15, stepMs: 3, needs: ['a'] },
  'score a again': { behaviour: 'score', needs: ['a again'] },
};

/** Kill after so many milliseconds, or at such a write. */
export type Kill = { readonly afterMs: number } | { readonly atWrite: number };

interface Ended {
  readonly lines: readonly string[];
  readonly complaint: string;
  readonly killed: boolean;
}

/** Starts a host and waits for its end, which a kill may bring. */
function runHost(workspace: string, kill?: Kill): Promise<Ended> {
  const preload =
    kill !== undefined && 'atWrite' in kill ? ['--require', join(__dirname, 'die-in-write.cjs')] : [];
  const child = spawn(
    process.execPath,
    [
      '--require',
      join(__dirname, '..', '..', 'src', 'register.cjs'),
      ...preload,
      join(__dirname, 'host.ts'),
      workspace,
      JSON.stringify(matrix),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...(kill !== undefined && 'atWrite' in kill && { RETHINK_DIE_AT: String(kill.atWrite) }),
      },
    },
  );
  const timer =
    kill !== undefined && 'afterMs' in kill
      ? setTimeout(() => child.kill('SIGKILL'), kill.afterMs)
      : undefined;
  let output = '';
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  return new Promise((resolve) =>
    child.once('close', (_, signal) => {
      clearTimeout(timer);
      resolve({ lines: output.split('\n').filter(Boolean), complaint, killed: signal === 'SIGKILL' });
    }),
  );
}

/** What a finished workspace says, without what no two runs have in common: times and who ran it. */
async function contentOf(workspace: string): Promise<unknown> {
  const store = new ArtifactStore(workspace);
  const artifacts = await Promise.all(
    store.keys().map(async (key) => ({
      key,
      problem: await store.verify(key),
      content: readFileSync(join(store.folder(key), 'sum.json'), 'utf8'),
    })),
  );
  const results = new ResultsService({ file: join(workspace, 'results.sqlite') });
  try {
    const { benchmarks } = await results.snapshot();
    return {
      artifacts,
      benchmarks: benchmarks.map(({ name, trials, stages }) => ({
        name,
        trials,
        stages: stages.map(({ key, label, status, summary, imageCounts, failure, inputs, ledger }) => ({
          ...{ key, label, status, summary, imageCounts, failure, inputs },
          flops: ledger?.flops,
        })),
      })),
    };
  } finally {
    await results.close();
  }
}

/** What an undisturbed run leaves. */
export async function undisturbed(): Promise<unknown> {
  const folder = temporaryFolder();
  try {
    const { lines, complaint } = await runHost(folder.path);
    if (lines.at(-1) !== 'done') throw new Error(`the undisturbed run did not end well: ${complaint}`);
    return await contentOf(folder.path);
  } finally {
    folder.remove();
  }
}

export interface KilledRun {
  /** Kills that came before the end. */
  readonly kills: number;
  /** What went wrong, in words. */
  readonly findings: readonly string[];
  readonly content: unknown;
}

/**
 * Runs the matrix in a workspace of its own and kills each host in turn; the one after the last kill may end.
 */
export async function runKilled(kills: readonly Kill[]): Promise<KilledRun> {
  const folder = temporaryFolder();
  const findings: string[] = [];
  let hit = 0;
  try {
    const store = new ArtifactStore(folder.path);
    for (const kill of [...kills, undefined]) {
      const there = new Set(store.keys().filter((key) => store.has(key)));
      const { lines, complaint, killed } = await runHost(folder.path, kill);
      if (killed) hit++;
      else if (!/^(done|unchanged)$/.test(lines.at(-1) ?? '')) {
        findings.push(`a host ended with "${lines.at(-1)}": ${complaint.slice(0, 500)}`);
      }
      for (const name of Object.keys(matrix)) {
        if (there.has(keyOf(name)) && lines.some((line) => line.startsWith(`${name} started`))) {
          findings.push(`"${name}" was finished and ran again`);
        }
      }
    }
    return { kills: hit, findings, content: await contentOf(folder.path) };
  } finally {
    folder.remove();
  }
}

/** Moments within a host's life of so many milliseconds. */
export function randomKills(random: RandomSource, count: number, lifeMs: number): Kill[] {
  return Array.from({ length: count }, () => ({ afterMs: random.between(0, lifeMs) }));
}
