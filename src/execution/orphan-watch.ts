import { Worker } from 'node:worker_threads';

const CHECK_MS = 500;

/**
 * Ends this process and all that it started as soon as its parent is gone. The main thread hears that through the
 * channel to its parent, unless it is busy in a long computation; a thread of its own looks even then.
 */
export function endWithParent(): void {
  const end = (): void => {
    try {
      process.kill(-process.pid, 'SIGKILL');
    } catch {
      process.kill(process.pid, 'SIGKILL');
    }
  };
  process.once('disconnect', end);
  const watch = `
    const parent = ${process.ppid};
    setInterval(() => {
      if (process.ppid === parent) return;
      try { process.kill(-process.pid, 'SIGKILL'); } catch { process.kill(process.pid, 'SIGKILL'); }
    }, ${CHECK_MS});
  `;
  const worker = new Worker(watch, {
    eval: true,
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  });
  worker.unref();
}
