import { type ChildProcess, fork } from 'node:child_process';
import type { CheckMessage } from './check-process';
import { type CheckOutcome, finding, type PluginFinding } from './finding';
import { scaleTimeout } from './timeouts';
import type { CheckSetting } from './target';
import { type CheckId, checksOf } from './suite';
import { nodeArguments } from '../../core/process/node-arguments';

/** Is notified of the progress of checks. */
export interface CheckListener {
  begun?(check: CheckId, title: string): void;
  ended?(outcome: CheckOutcome): void;
}

/**
 * Runs the checks that run the plugin's code in a separate process: if a plugin hangs, exits or crashes, only the
 * remaining checks are lost.
 */
export function checkInChild(setting: CheckSetting, listener: CheckListener = {}): Promise<CheckOutcome[]> {
  const checks = checksOf(setting.kind).filter(({ id }) => id !== 'trial');
  const outcomes: CheckOutcome[] = [];
  const child = startProcess(setting);
  return new Promise((resolve) => {
    let current: CheckId = 'shape';
    let complaint = '';
    let timer: NodeJS.Timeout | undefined;
    const add = (outcome: CheckOutcome) => {
      outcomes.push(outcome);
      listener.ended?.(outcome);
    };
    const settle = (broken?: PluginFinding) => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.kill('SIGKILL');
      for (const { id, title } of checks.slice(outcomes.length)) {
        const blamed = broken !== undefined && id === current;
        const findings = blamed ? [broken] : [];
        add({ check: id, title, status: blamed ? 'failed' : 'skipped', findings, seconds: 0 });
      }
      resolve(outcomes);
    };
    const watch = () => {
      clearTimeout(timer);
      const timeout = scaleTimeout(setting.timeout ?? checks.find(({ id }) => id === current)!.timeout);
      timer = setTimeout(
        () =>
          settle(finding('CHECK_HUNG', `No answer for ${Math.round(timeout)} s while checking ${current}.`)),
        timeout * 1000,
      );
    };
    child.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
    child.on('message', (message: CheckMessage) => {
      switch (message.type) {
        case 'begun': {
          current = message.check;
          watch();
          const { title } = checks.find(({ id }) => id === current)!;
          return listener.begun?.(current, title);
        }
        case 'ended':
          return add(message.outcome);
        case 'done':
          return settle();
      }
    });
    child.on('error', (error) => settle(finding('CHECK_ENDED', error.message)));
    child.on('exit', (code, signal) => {
      const last = complaint.trim().split('\n').at(-1);
      const message = `The process ended (${signal ?? `exit code ${code}`}) while checking ${current}`;
      settle(finding('CHECK_ENDED', last ? `${message}: ${last}` : `${message}.`));
    });
    watch();
    child.send(setting);
  });
}

function startProcess({ visibleGpu }: CheckSetting): ChildProcess {
  return fork(require.resolve('./check-process'), {
    execArgv: [...nodeArguments],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: {
      ...process.env,
      TF_CPP_MIN_LOG_LEVEL: process.env['TF_CPP_MIN_LOG_LEVEL'] ?? '2',
      ...(visibleGpu !== undefined && { CUDA_VISIBLE_DEVICES: visibleGpu }),
    },
  });
}
