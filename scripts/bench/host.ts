import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Plan } from '../../src/core/plan/plan';
import { processTree, residentBytes } from '../../src/core/process/process-tree';
import { exitWith } from '../exit-with';
import { rethinkArguments } from '../rethink-arguments';
import { count, scriptOptions } from '../script-options';
import { largeBenchmark } from './large-benchmark';
import { writeSyntheticArtifacts } from './synthetic-artifacts';

/**
 * Measures the host on a large matrix: generates a benchmark of ten thousand trials and artifacts of all its stages,
 * then times the user's commands, with the memory of all processes involved.
 *
 * npm run bench:host [-- --trials 10000 --seed 1 --keep --folder DIR]
 */
const settings = scriptOptions({
  trials: count.min(100).multipleOf(100).default(10_000),
  seed: count.default(1),
  keep: z.boolean().default(false),
  folder: z.string().optional(),
});

interface Figures {
  readonly what: string;
  readonly seconds: number;
  /** Of all processes together. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly output: string;
}

/** Runs a command as a user does and samples the memory of its processes. */
function measure(what: string, folder: string, args: readonly string[]): Promise<Figures> {
  const start = performance.now();
  const output = join(folder, 'output.txt');
  const child = spawn(process.execPath, [...rethinkArguments, ...args], {
    cwd: folder,
    stdio: ['ignore', openSync(output, 'w'), 'inherit'],
    env: { ...process.env, RETHINK_WORKSPACE: join(folder, 'workspace') },
  });
  let peakBytes = 0;
  let cpuSeconds = 0;
  const sample = (): void => {
    const tree = processTree(child.pid!);
    peakBytes = Math.max(peakBytes, residentBytes(tree));
    cpuSeconds = Math.max(cpuSeconds, cpuSecondsOf(child.pid!));
  };
  const timer = setInterval(sample, 50);
  return new Promise((done, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      clearInterval(timer);
      if (code !== 0) return reject(new Error(`${args.join(' ')} ended with exit code ${code}.`));
      done({
        what,
        seconds: (performance.now() - start) / 1000,
        cpuSeconds,
        peakBytes,
        output: readFileSync(output, 'utf8'),
      });
    });
  });
}

/** User and system time of a process and of those of its children that have ended. */
function cpuSecondsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
  } catch {
    return 0;
  }
}

function report({ what, seconds, cpuSeconds, peakBytes }: Figures): void {
  console.log(
    `${what.padEnd(44)} ${seconds.toFixed(2).padStart(7)} s ${cpuSeconds.toFixed(2).padStart(7)} s of CPU ${Math.round(
      peakBytes / 2 ** 20,
    )
      .toString()
      .padStart(6)} MiB`,
  );
}

async function main(): Promise<number> {
  const folder = settings.folder ?? mkdtempSync(join(tmpdir(), 'rethink-host-'));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'large.yaml');
  try {
    writeFileSync(file, stringify(largeBenchmark({ trials: settings.trials, seeds: settings.trials / 100 })));
    await measure('data', folder, ['data', 'prepare', file]);
    report(await measure('plan', folder, ['plan', file]));
    const planned = await measure('plan --json', folder, ['plan', file, '--json']);
    report(planned);
    const plan = JSON.parse(planned.output) as Plan;
    console.log(`${plan.trials.length} trials, ${plan.stages.length} stages`);
    const start = performance.now();
    await writeSyntheticArtifacts(plan, join(folder, 'workspace'), settings.seed);
    console.log(`generated in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    report(await measure('run, into a new database', folder, ['run', file]));
    report(await measure('run with nothing to do', folder, ['run', file]));
    report(await measure('status', folder, ['status']));
    report(await measure('status --json', folder, ['status', '--json']));
  } finally {
    if (!settings.keep) rmSync(folder, { recursive: true, force: true });
    else console.log(folder);
  }
  return 0;
}

exitWith(main);
