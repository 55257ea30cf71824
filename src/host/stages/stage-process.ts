/** Main file of a stage's process: runs one stage, writes the manifest of its artifact, notifies the host and exits. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { listFiles, checksumFiles, writeManifest } from '../../core/artifact/write-manifest';
import { explainStorageError } from '../../core/files/storage-error';
import { writeFileDurably } from '../../core/files/atomic-file';
import { formatLocation, RethinkError } from '../../contract';
import { withEarlierAttempts } from '../../core/cost/energy-model';
import type { StageResult } from '../../core/plan/run-events';
import { disableNetwork } from '../../core/process/disable-network';
import { exitWithParent } from '../../core/process/parent-death-watchdog';
import { outcomeFile } from '../../core/plan/outcome-file';
import type { HostMessage, StageMessage } from '../../core/plan/protocol';
import { FileAccessAudit } from '../../core/process/file-access-audit';
import { loadRunner } from './runners';
import { createStageLogger } from '../../core/process/stage-logger';
import { StageMeter } from './stage-meter';
import { artifactFiles, type StageJob, type StageProgress } from '../../core/plan/stage-job';
import { outcomeSchema, type StageOutcome } from '../../core/plan/outcome-schema';
import { stageKinds } from '../../core/plan/stage-kinds';
import { issueSentence } from '../../core/text/zod-issue';

const PROGRESS_INTERVAL_MS = 200;

const startedAt = new Date(performance.timeOrigin).toISOString();
const meter = new StageMeter();
const logger = createStageLogger();
const stop = new AbortController();

// A plugin may replace or close it; the host must be notified of the end regardless.
const sendToHost = process.send?.bind(process);

function notify(message: StageMessage): Promise<void> {
  return new Promise((resolve) => {
    if (sendToHost === undefined || !process.connected) return resolve();
    sendToHost(message, undefined, undefined, () => resolve());
  });
}

let ending = false;
async function end(message: StageMessage): Promise<void> {
  if (ending) return;
  ending = true;
  await notify(message);
  process.exit(message.type === 'done' ? 0 : 1);
}

function fail(error: unknown): Promise<void> {
  const stack = error instanceof Error ? error.stack : undefined;
  logger.error(stack ?? String(error));
  return end({ type: 'failed', ...describe(error) });
}

/** What went wrong, in one sentence. */
function describe(error: unknown): { code: string; message: string; hint?: string } {
  const known = error instanceof RethinkError ? error : explainStorageError(error);
  if (known !== undefined) {
    const location = formatLocation(known.location ?? {});
    return {
      code: known.code,
      message: location === '' ? known.message : `${location}: ${known.message}`,
      hint: known.hint,
    };
  }
  // A plugin's package may have its own copy of the contract's class.
  if (error instanceof Error && error.name === 'RethinkError' && 'code' in error) {
    return { code: String(error.code), message: error.message };
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : `It threw ${String(error)}`;
  return { code: 'STAGE_THREW', message: text.split('\n')[0]!, hint: 'Full details are in the stage log.' };
}

function progressReporter(): (progress: StageProgress) => void {
  let last = -Infinity;
  return (progress) => {
    const now = performance.now();
    if (now - last < PROGRESS_INTERVAL_MS && progress.done < progress.total) return;
    last = now;
    if (!ending) void notify({ type: 'progress', progress });
  };
}

function parseOutcome(value: unknown): StageOutcome {
  const parsed = outcomeSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = issue.path.join('.') || 'outcome';
  throw new RethinkError(
    'STAGE_OUTCOME',
    `The outcome of the stage is malformed: ${issueSentence(issue, path)}`,
  );
}

/** Stages that do not score must not read validation images, and plugins' code runs in them. */
function auditValidation({ stage, datasets: { validation } }: StageJob): FileAccessAudit | undefined {
  const scores = stageKinds[stage.kind].seesValidation;
  return scores || validation === undefined ? undefined : new FileAccessAudit(validation);
}

async function withOpened(
  outcome: StageOutcome,
  { datasets: { validation } }: StageJob,
  audit: FileAccessAudit | undefined,
): Promise<StageOutcome> {
  const opened = await audit?.end(async () => {
    const { openDataset } =
      require('../../learning/dataset/open') as typeof import('../../learning/dataset/open');
    return (await openDataset(validation!)).images;
  });
  if (opened === undefined || opened.length === 0) return outcome;
  logger.warn(`${opened.length} validation images were opened in this stage: its trials are invalid`);
  return { ...outcome, imageIds: { ...outcome.imageIds, validation: opened } };
}

async function run(message: Extract<HostMessage, { type: 'run' }>): Promise<void> {
  const { job, device, slot, environment, runnersModule } = message;
  const audit = auditValidation(job);
  // Only fetching weights requires the network, and no plugin's code runs in it.
  if (!stageKinds[job.stage.kind].mayFetch) disableNetwork();
  const runner = loadRunner(job.stage, runnersModule);
  const startSeconds = performance.now() / 1000;
  const measured = parseOutcome(
    await runner(job, { logger, signal: stop.signal, progress: progressReporter(), fileAccess: audit }),
  );
  const outcome = await withOpened(measured, job, audit);
  const finaliseStart = performance.now();
  const files = await checksumFiles(job.outputFolder, listFiles(job.outputFolder));
  const finaliseSeconds = (performance.now() - finaliseStart) / 1000;
  const { energy, ...peaks } = meter.stop();
  const ownSeconds = performance.now() / 1000;
  const { resumedSeconds = 0 } = outcome;
  const wallSeconds = resumedSeconds + ownSeconds;
  const lostSeconds = Math.max(0, (job.failedSeconds ?? 0) - resumedSeconds);
  const known = { start: startSeconds, ...outcome.ledger.secondsByPhase, finalise: finaliseSeconds };
  // Opening data, loading the engine and whatever a runner does not name.
  const other = wallSeconds - Object.values(known).reduce((sum, seconds) => sum + seconds, 0);
  const result: StageResult = {
    outcome,
    ledger: {
      ...outcome.ledger,
      secondsByPhase: { ...known, other: Math.max(0, other) },
      wallSeconds,
      ...(lostSeconds > 0 ? { lostSeconds } : {}),
      ...(job.queuedSeconds === undefined ? {} : { queuedSeconds: job.queuedSeconds }),
      ...(energy === undefined ? {} : { energy: withEarlierAttempts(energy, ownSeconds, resumedSeconds) }),
      ...peaks,
      device,
      slot,
    },
    startedAt,
    endedAt: new Date().toISOString(),
  };
  const content = JSON.stringify(outcomeFile(job.stage, result, environment));
  writeFileDurably(join(job.outputFolder, artifactFiles.outcome), `${content}\n`);
  const last = await checksumFiles(job.outputFolder, [artifactFiles.outcome]);
  writeManifest(job.outputFolder, job.stage.key, [...files, ...last]);
  await end({ type: 'done' });
}

exitWithParent();
// Ctrl-C in the terminal is handled by the host, which notifies each stage.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => stop.abort());
process.on('uncaughtException', (error) => void fail(error));
process.on('unhandledRejection', (reason) => void fail(reason));
process.on('message', (message: HostMessage) => {
  switch (message.type) {
    case 'run':
      run(message).catch(fail);
      break;
    case 'stop':
      stop.abort();
      break;
  }
});
