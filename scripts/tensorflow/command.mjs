import { spawn } from 'node:child_process';

/**
 * Runs a command without blocking (the lock must be refreshed meanwhile).
 * @returns its exit status and its output; status 127 if it cannot be started.
 */
export function runCommand(command, args, { onLine = () => {}, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    let unfinished = '';
    const append = (chunk) => {
      output += chunk;
      const lines = (unfinished + chunk).split(/[\r\n]+/);
      unfinished = lines.pop();
      lines.filter((line) => line.trim() !== '').forEach(onLine);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', append);
    child.on('error', (error) => resolve({ status: 127, output: error.message }));
    child.on('close', (status, signal) => resolve({ status: status ?? 128, signal, output }));
  });
}

/** The last lines of a command's output, for an error message. */
export function tail(output, lines = 6) {
  return output.trim().split(/\r?\n/).slice(-lines).join('\n  ');
}
