import { Worker } from 'node:worker_threads';

const CHECK_MS = 500;

/** Environment variable by which a stage's process knows its host: by then the host may be gone already. */
export const HOST_VARIABLE = 'RETHINK_HOST_PID';

function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}

/**
 * Ends this process and all that it started as soon as its host is gone. The main thread hears that through the
 * channel to its parent, unless it is busy in a long computation; a thread of its own looks even then.
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
