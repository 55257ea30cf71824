import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactStore } from '../../../core/artifact/artifact-store';
import { packageFolder } from '../../../core/files/package-folder';
import { keyOf, type TestStage } from '../plan.test-helper';
import { spawnHost, type TestHost } from '../spawn-host.test-helper';
import { BatchJobs } from './batch-jobs';
import { Slurm } from './slurm';
import { slurmSchema } from './slurm-settings';
import type { SlurmHostOptions } from './slurm-host.test-helper';

/** Folder of the cluster that `npm run test:slurm` started. */
export const cluster = process.env['RETHINK_TEST_SLURM'];

export function runCluster(verb: string, ...args: string[]): void {
  const script = join(packageFolder, 'scripts', 'slurm', 'cluster');
  execFileSync(script, [verb, cluster!, ...args], { stdio: 'ignore' });
}

const output = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8' });

export function slurmHost(
  workspace: string,
  stages: Readonly<Record<string, TestStage>>,
  options: SlurmHostOptions = {},
  before?: readonly string[],
): TestHost {
  return spawnHost(workspace, stages, options, before, join(__dirname, 'slurm-host.test-helper.ts'));
}

/** A workspace on the cluster's shared file system. */
export const sharedWorkspace = (folder = ''): string => mkdtempSync(join(cluster!, folder, 'workspace-'));

/** Ids of all jobs of a stage, in their order. */
export function jobsOf(workspace: string, name: string): number[] {
  const job = new BatchJobs(new Slurm(slurmSchema.parse({})), workspace).nameOf(keyOf(name));
  return output('squeue', '--me', '-h', '-t', 'all', '-o', '%i %j')
    .split('\n')
    .flatMap((line) => (line.endsWith(job) ? Number(line.split(' ')[0]) : []))
    .toSorted((a, b) => a - b);
}

/** Submits a job that is none of ours; @returns its id */
export function submitOther(...args: string[]): string {
  return output('sbatch', '--parsable', '--output=/dev/null', '--chdir=/', ...args).trim();
}

export const cancelJobs = (...ids: (string | number)[]): string => output('scancel', ...ids.map(String));

/** What a counting stage left: its sum, and the step from which it resumed. */
export function counted(workspace: string, name: string): { sum: number; from: number } {
  const folder = new ArtifactStore(workspace).folder(keyOf(name));
  const read = (file: string): number => Number(readFileSync(join(folder, file), 'utf8'));
  return { sum: read('sum.json'), from: read('from.json') };
}

/** The node on which a stage started first, as the host printed it. */
export function nodeOf({ lines }: TestHost, name: string): string {
  return new RegExp(`^${name} on (\\S+) as`).exec(
    lines.find((line) => line.startsWith(`${name} on`)) ?? '',
  )![1]!;
}
