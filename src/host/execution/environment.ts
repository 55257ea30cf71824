import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, hostname, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunEnvironment } from '../../core/plan/outcome-schema';
import { listNvidiaGpus } from '../../core/process/nvidia-smi';
import { formatGpus, type Gpu } from '../../core/plan/gpu';
import { readCpuShare } from './slots';
import { packageFolder } from '../../core/files/package-folder';

const run = promisify(execFile);

async function output(command: string, args: readonly string[], cwd?: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, args, { cwd, timeout: 10_000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** Commit and state of the project's own repository, not of one that merely contains the installed package. */
async function gitState(): Promise<Pick<RunEnvironment, 'commit' | 'dirty'>> {
  if (!existsSync(join(packageFolder, '.git'))) return {};
  const [commit, changes] = await Promise.all([
    output('git', ['rev-parse', 'HEAD'], packageFolder),
    output('git', ['status', '--porcelain'], packageFolder),
  ]);
  return commit === undefined ? {} : { commit, dirty: changes !== undefined && changes !== '' };
}

/** os.cpus() reports "unknown" on some ARM machines and small virtual ones. */
function cpuModel(): string {
  const model = cpus()[0]?.model.trim();
  return model === undefined || model === '' || model === 'unknown' ? `${process.arch} CPU` : model;
}

/**
 * Captures the machine and the software of a run.
 *
 * @param engine version of the tensor engine, as in the stage keys
 * @param gpus that stages compute on; by default those of the machine
 */
export async function captureEnvironment(
  backend: string,
  engine: string,
  gpus?: readonly Pick<Gpu, 'name'>[],
): Promise<RunEnvironment> {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const git = await gitState();
  const gpu = formatGpus(gpus ?? (await listNvidiaGpus()).gpus);
  return {
    hostname: hostname(),
    platform: `${platform()} ${release()} ${process.arch}`,
    cpu: cpuModel(),
    cores: readCpuShare().count,
    memoryBytes: totalmem(),
    ...(gpu === undefined ? {} : { gpu }),
    node: process.version,
    backend,
    engine,
    rethink: version,
    ...git,
  };
}
