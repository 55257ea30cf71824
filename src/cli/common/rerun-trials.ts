import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { Bundle } from '../../results/bundle/read-bundle';
import { RethinkError } from '../../contract';
import { ResultsService } from '../../results/database/results.service';
import type { BenchmarkResults } from '../../results/database/records';
import { exitCodes } from '../terminal/exit-codes';
import { nodeArguments } from '../../core/process/node-arguments';
import { sourceFolder } from '../../core/files/package-folder';
import { Workspace } from '../../core/artifact/workspace';

export interface RerunRequest {
  readonly bundle: Bundle;
  readonly trials: readonly string[];
  readonly workspace: string;
  /** Benchmark file; by default the settings of the bundle. */
  readonly benchmark?: string;
  readonly backend?: string;
}

/**
 * Reruns trials of a bundle in a separate workspace, so that no earlier artifact of this machine is reused. An
 * interrupted rerun is resumed.
 *
 * @throws RethinkError `VERIFY_FAILED` if a trial cannot be run
 */
export async function rerunTrials(request: RerunRequest): Promise<BenchmarkResults> {
  const { bundle, trials, workspace, backend } = request;
  const own = new Workspace(workspace).verification(bundle.archive.sha256);
  mkdirSync(own, { recursive: true });
  shareDatasets(workspace, own);
  const file = request.benchmark === undefined ? writeSettings(bundle, own) : resolve(request.benchmark);
  // One at a time: several selectors would also select the other combinations of their values.
  const database = new Workspace(own).database;
  for (const id of trials) {
    const flags = [
      '--workspace',
      own,
      '--only',
      id,
      ...(backend === undefined ? [] : ['--backend', backend]),
    ];
    const code = await rethink(['run', file, ...flags], database);
    if (code === exitCodes.ok || code === exitCodes.failed) continue;
    throw new RethinkError('VERIFY_FAILED', `Trial ${id} cannot be rerun (exit code ${code}).`, {
      hint: 'See the error above. If the bundle has data paths of another machine, give your own file with --benchmark.',
    });
  }
  const service = new ResultsService({ file: database });
  try {
    const { benchmarks } = await service.snapshot();
    const ids = new Set(trials);
    const found = benchmarks.find((each) => each.trials.some(({ id }) => ids.has(id)));
    if (found !== undefined) return found;
    throw new RethinkError('VERIFY_FAILED', 'The benchmark has none of the trials.', {
      hint: 'Check that --benchmark is the file of the same benchmark.',
    });
  } finally {
    await service.close();
  }
}

/** Data sets are expensive to generate, and verified by their digests. */
function shareDatasets(workspace: string, own: string): void {
  const shared = new Workspace(workspace).datasets;
  mkdirSync(shared, { recursive: true });
  const link = new Workspace(own).datasets;
  if (!existsSync(link)) symlinkSync(resolve(shared), link, 'junction');
}

/** Writes the resolved settings of the bundle as a benchmark file. */
function writeSettings({ results }: Bundle, own: string): string {
  const { plugins: _, ...settings } = results.benchmark.resolved as Record<string, unknown>;
  const text = stringify(settings);
  const name = `${results.benchmark.name}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}.yaml`;
  const file = join(own, name);
  writeFileSync(file, text);
  return file;
}

/** Runs this program in a child process; its standard error is passed through. */
function rethink(args: readonly string[], database: string): Promise<number> {
  const main = [...nodeArguments, join(sourceFolder, 'main.ts')];
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [...main, ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      // The configuration may set one database for all workspaces; a rerun must not write to it.
      env: { ...process.env, RETHINK_DATABASE: database },
    });
    child.on('error', reject);
    child.on('close', (code, signal) =>
      done(code ?? (signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.defect)),
    );
  });
}
