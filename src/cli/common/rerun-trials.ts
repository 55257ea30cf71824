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
import { extension, nodeArguments } from '../../core/process/node-arguments';
import { sourceFolder } from '../../core/files/package-folder';
import { Workspace } from '../../core/artifact/workspace';

export interface RerunRequest {
  readonly bundle: Bundle;
  readonly trials: readonly string[];
  readonly workspace: string;
  /** The bundle's settings where it is absent. */
  readonly benchmark?: string;
  readonly backend?: string;
}

/**
 * Runs trials of a bundle anew, in a workspace of their own: nothing that this machine has trained before is taken for
 * the answer. It goes on where it was when it is asked again.
 *
 * @throws RethinkError `VERIFY_FAILED` where a trial can't be run
 */
export async function rerunTrials(request: RerunRequest): Promise<BenchmarkResults> {
  const { bundle, trials, workspace, backend } = request;
  const own = new Workspace(workspace).verification(bundle.archive.sha256);
  mkdirSync(own, { recursive: true });
  shareDatasets(workspace, own);
  const file = request.benchmark === undefined ? writeSettings(bundle, own) : resolve(request.benchmark);
  // One at a time: several selectors of one axis would choose their other combinations too.
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
    throw new RethinkError('VERIFY_FAILED', `${id} can't be run again (exit code ${code})`, {
      hint: 'the reason stands above; where paths of data are the bundle maker’s, name a file of yours with --benchmark',
    });
  }
  const service = new ResultsService({ file: database });
  try {
    const { benchmarks } = await service.snapshot();
    const ids = new Set(trials);
    const found = benchmarks.find((each) => each.trials.some(({ id }) => ids.has(id)));
    if (found !== undefined) return found;
    throw new RethinkError('VERIFY_FAILED', 'the benchmark that was run has none of the trials', {
      hint: 'does --benchmark name the file of the same benchmark?',
    });
  } finally {
    await service.close();
  }
}

/** Data sets take long to make, and their content is checked by their digests. */
function shareDatasets(workspace: string, own: string): void {
  const shared = new Workspace(workspace).datasets;
  mkdirSync(shared, { recursive: true });
  const link = new Workspace(own).datasets;
  if (!existsSync(link)) symlinkSync(resolve(shared), link, 'junction');
}

/** The settings as they were run, as a benchmark file. */
function writeSettings({ results }: Bundle, own: string): string {
  const { plugins: _, ...settings } = results.benchmark.resolved as Record<string, unknown>;
  const text = stringify(settings);
  const name = `${results.benchmark.name}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}.yaml`;
  const file = join(own, name);
  writeFileSync(file, text);
  return file;
}

/** The same program once more; what it says goes where ours does, but for its standard output. */
function rethink(args: readonly string[], database: string): Promise<number> {
  const main = [...nodeArguments, join(sourceFolder, `main${extension}`)];
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [...main, ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      // The configuration may name a database for all workspaces; this run is nobody's result.
      env: { ...process.env, RETHINK_DATABASE: database },
    });
    child.on('error', reject);
    child.on('close', (code, signal) =>
      done(code ?? (signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.defect)),
    );
  });
}
