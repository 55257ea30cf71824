import { Worker } from 'node:worker_threads';

const CHECK_MS = 500;

/** Environment variable with the host's process id: the host may already be gone when the process starts. */
export const HOST_VARIABLE = 'RETHINK_HOST_PID';

function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}

/**
 * Ends this process and its children as soon as the host is gone. The main thread is notified through the channel to its
 * parent, unless a long computation blocks it; a separate thread polls even then.
 */
export function exitWithParent(): void {
  const host = Number(process.env[HOST_VARIABLE]);
  if (process.ppid !== host) endGroup();
  process.once('disconnect', endGroup);
  const watch = `
    ${endGroup.toString()}
    setInterval(() => process.ppid === ${host} || endGroup(), ${CHECK_MS});
  `;
  const worker = new Worker(watch, {
    eval: true,
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  });
  worker.unref();
}
