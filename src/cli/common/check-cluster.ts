import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RethinkError } from '../../contract';
import { Workspace } from '../../core/artifact/workspace';
import { workerCommand } from '../../host/execution/batch/batch-attempt';
import { Slurm } from '../../host/execution/batch/slurm';
import type { Finding } from '../terminal/diagnostics';
import type { Configuration } from './configuration';

const PATIENCE_MS = 60_000;

/** Submits a job of a second, which checks a node as every job does. */
export async function checkCluster({ workspace, slurm }: Configuration): Promise<Finding> {
  const { jobs } = new Workspace(workspace);
  const folder = join(jobs, `doctor-${process.pid}`);
  const finding = (code: string, status: Finding['status'], message: string, hint?: string): Finding => ({
    code,
    status,
    subject: 'slurm',
    message,
    hint,
  });
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'job.json'), '{}');
    const system = new Slurm(slurm);
    const name = `rethink-doctor-${process.pid}`;
    const id = await system.submit({
      name,
      command: workerCommand(workspace, []),
      file: join(folder, 'job.json'),
      logFile: join(folder, 'log'),
    });
    if (id === undefined)
      return finding('SLURM_AWAY', 'missing', 'the controller of the cluster does not answer');
    let state = 'unknown';
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
      await sleep(2000);
      const job = (await system.list())?.get(name);
      if (job?.phase === 'ended') break;
      state = job?.description ?? state;
    }
    const { cause, description, hint } = await system.ending(id);
    await system.cancel([id], false);
    if (cause === 'completed') return finding('SLURM_OK', 'ok', 'a node runs jobs and sees the workspace');
    if (/^(PENDING|RUNNING|CONFIGURING)/.test(description))
      return finding('SLURM_BUSY', 'note', `no node ran the test job within a minute (${state})`);
    return finding('SLURM_NODE', 'missing', `the test job failed: ${description}`, hint);
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    const code = error.code === 'BATCH_MISSING' ? 'SLURM_MISSING' : 'SLURM_REFUSED';
    return finding(code, 'missing', error.message, error.hint);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
