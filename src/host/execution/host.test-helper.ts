/** A host for tests that kill it: `host.ts <workspace> <stages as JSON> [options as JSON]`; prints what happens. */
import { recordEvents, runTest, type TestStage } from './plan.test-helper';
import type { RunOptions } from './run-options';

const [workspace, stages, options = '{}'] = process.argv.slice(2) as [string, string, string?];
const { listener } = recordEvents((line) => process.stdout.write(`${line}\n`));
const stop = new AbortController();
const kill = new AbortController();
process.on('SIGINT', () => (stop.signal.aborted ? kill : stop).abort());
runTest(workspace, JSON.parse(stages) as Record<string, TestStage>, {
  ...(JSON.parse(options) as Partial<RunOptions>),
  listeners: [listener],
  signal: stop.signal,
  killSignal: kill.signal,
}).then(
  ({ status, stopped }) => process.stdout.write(`${status} ${stopped?.code ?? ''}\n`),
  (error: Error & { code?: string; hint?: string }) => {
    process.stdout.write(`refused ${error.code}: ${error.message} → ${error.hint}\n`);
    process.exitCode = 1;
  },
);
