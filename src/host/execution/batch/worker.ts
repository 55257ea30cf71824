/** Main file of a job: `worker.ts <workspace> <stage key>…` runs stages one after the other and records their ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ArtifactStore } from '../../../core/artifact/artifact-store';
import { explainStorageError } from '../../../core/files/storage-error';
import type { AttemptFailure } from '../../../core/plan/failure';
import type { Gpu } from '../../../core/plan/gpu';
import { stageKinds } from '../../../core/plan/stage-kinds';
import { deviceReport } from '../../../learning/tensor/device-report';
import { captureEnvironment } from '../environment';
import { chooseGpus } from '../gpus';
import { LocalExecutor } from '../local-executor';
import { readCpuShare, type Slot } from '../slots';
import { jobExitCodes } from './batch-system';
import { type JobFile, JobFolder } from './job-folder';

const PROGRESS_MS = 2000;
/** How long the artifacts of other nodes may take to become visible. */
const LATENCY_MS = 15_000;
/** Of the memory that the job was granted: the batch system kills what exceeds it, without a reason. */
const MEMORY_SHARE = 0.9;

const { RETHINK_JOB_ID: id = String(process.pid), RETHINK_JOB_NODE: node = 'unknown' } = process.env;
const stop = new AbortController();

async function main(): Promise<void> {
  const [workspace, ...keys] = process.argv.slice(2) as [string, ...string[]];
  process.on('SIGTERM', () => stop.abort());
  process.on('SIGINT', () => stop.abort());
  const store = new ArtifactStore(workspace);
  for (const [index, key] of keys.entries()) {
    if (stop.signal.aborted) return;
    const folder = new JobFolder(workspace, key);
    const file = folder.read('job');
    // A host that has taken the result removes the folder.
    if (file === undefined) continue;
    if (store.has(key)) folder.write('end', { seconds: 0 });
    else if (index === 0 || hasInputs(store, file)) await runStage(workspace, store, folder, file);
  }
}

const hasInputs = (store: ArtifactStore, { job }: JobFile): boolean =>
  Object.values(job.stage.inputs).every((key) => store.has(key));

async function runStage(
  workspace: string,
  store: ArtifactStore,
  folder: JobFolder,
  file: JobFile,
): Promise<void> {
  const { job, attempt, options } = file;
  // Only one job of a stage runs at a time: these were left by a node that failed.
  store.cleanLeftovers((key) => key === folder.key);
  const earlierSeconds = folder.spentSeconds();
  const queuedSeconds = queuedSecondsOf(folder, file);
  folder.restart({
    id,
    node,
    startedAt: new Date().toISOString(),
    queuedSeconds,
    failedSeconds: earlierSeconds,
  });
  const start = performance.now();
  const deadline = start + LATENCY_MS;
  while (!hasInputs(store, file) && performance.now() < deadline) await sleep(500);
  const gpus = stageKinds[job.stage.kind].usesEngine ? await (granted ??= grantedGpus(job.backend)) : [];
  // Without one the stage would compute other bits than its key promises.
  if (options.usesGpu && stageKinds[job.stage.kind].usesEngine && gpus.length === 0)
    process.exit(jobExitCodes.noGpu);
  const environment = {
    ...(await captureEnvironment(job.backend, options.engine, gpus)),
    job: { id, node },
  };
  const slot: Slot = { number: 1, cores: readCpuShare().cores, gpu: gpus[0] };
  const { memoryLimitBytes = grantedMemory() } = options;
  const executor = new LocalExecutor([slot], {
    ...options,
    memoryLimitBytes,
    workspace,
    store,
    environment,
  });
  const failed = await executor.attempt({
    job: { ...job, failedSeconds: (job.failedSeconds ?? 0) + earlierSeconds, queuedSeconds },
    attempt,
    followers: [],
    stop: stop.signal,
    kill: new AbortController().signal,
    queued: () => Promise.resolve(),
    started: () => Promise.resolve(),
    progress: progressWriter(folder),
  });
  try {
    const { seconds = (performance.now() - start) / 1000, ...failure } = failed ?? {};
    folder.write('end', failed === undefined ? { seconds } : { failure: failure as AttemptFailure, seconds });
  } catch (error) {
    // The host has seen the artifact and removed the folder.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Seconds in the queue up to now; a stage that follows another one in its job did not wait. */
function queuedSecondsOf(folder: JobFolder, { leader, submittedAt, queuedSeconds }: JobFile): number {
  const before = folder.read('start');
  if (before !== undefined) return before.queuedSeconds;
  if (leader !== folder.key) return 0;
  return queuedSeconds + Math.max(0, Date.now() - Date.parse(submittedAt)) / 1000;
}

/** The GPUs that the batch system granted; without a grant none is used, even if the node has some. */
let granted: Promise<readonly Gpu[]> | undefined;
async function grantedGpus(backend: JobFile['job']['backend']): Promise<readonly Gpu[]> {
  const { CUDA_VISIBLE_DEVICES: visible = '' } = process.env;
  if (visible === '') return [];
  const report = () => deviceReport(backend);
  const { gpus, note } = await chooseGpus({ backend, environment: process.env, report });
  if (note !== undefined) console.error(`${note.message} ${note.hint ?? ''}`);
  return gpus.slice(0, 1);
}

function grantedMemory(): number | undefined {
  const granted = Number(process.env['RETHINK_JOB_MEMORY_MIB'] ?? 0) * 2 ** 20;
  return granted > 0 ? Math.floor(granted * MEMORY_SHARE - process.memoryUsage.rss()) : undefined;
}

function progressWriter(folder: JobFolder) {
  let last = -Infinity;
  let from: number | undefined;
  return (progress: Parameters<typeof folder.write<'progress'>>[1]['progress']): void => {
    from ??= progress.done;
    if (performance.now() - last < PROGRESS_MS) return;
    last = performance.now();
    try {
      folder.write('progress', { from, progress });
    } catch {
      // The next one comes soon.
    }
  };
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(explainStorageError(error) === undefined ? 1 : jobExitCodes.storage);
  },
);
