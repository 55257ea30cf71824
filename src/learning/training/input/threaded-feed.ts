import { Worker } from 'node:worker_threads';
import { RethinkError } from '../../../contract';
import { nodeArguments } from '../../../core/process/node-arguments';
import { bytesOf, createInputArrays, imagesOf, type InputArrays, type InputPlan } from './input-plan';
import { unpackError, type InputReply, type InputRequest, type InputThreadData } from './thread-messages';
import type { InputFeed, InputFeedOptions } from './feed';

const threadFile = require.resolve('./input-thread');

/** Steps that are prepared, in preparation or in use at the same time: as many as fit, within these bounds. */
const slotsAtLeast = 2;
const slotsAtMost = 4;
const slotBytes = 256 * 2 ** 20;

/** Time for a thread to finish its current step. */
const graceMs = 2000;

interface PendingStep {
  readonly ready: Promise<void>;
  /** Threads that have not answered. */
  missing: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Every thread prepares its own slice of every step, in a ring of slots of shared memory: nothing is copied between
 * threads, and no memory is allocated per step.
 */
export function createThreadedFeed({ plan, firstStep, steps, threads, watch }: InputFeedOptions): InputFeed {
  const images = imagesOf(plan.parts);
  const count = Math.min(threads, images);
  const slots = createSlots(plan);
  const pending = new Map<number, PendingStep>();
  let requested = firstStep;
  let step = firstStep;
  let busySeconds = 0;
  let broken: Error | undefined;
  let closing = false;

  const fail = (error: Error) => {
    if (closing) return;
    broken ??= error;
    for (const step of pending.values()) step.reject(broken);
  };
  const take = (reply: InputReply) => {
    watch?.add(reply.opened);
    const waiting = pending.get(reply.step);
    if ('error' in reply) {
      waiting?.reject(unpackError(reply.error));
      return;
    }
    busySeconds += reply.seconds;
    if (waiting !== undefined && --waiting.missing === 0) waiting.resolve();
  };
  const workers = Array.from({ length: count }, (_, i) => {
    const [first, end] = [Math.floor((i * images) / count), Math.floor(((i + 1) * images) / count)];
    const workerData = { plan, slots, first, end, watched: watch?.files };
    return startThread(`input-${i}`, workerData, take, fail);
  });
  const request = () => {
    while (requested < Math.min(steps, step + slots.length)) {
      pending.set(requested, pendingStep(count));
      for (const worker of workers) worker.postMessage({ step: requested } satisfies InputRequest);
      requested++;
    }
  };
  request();
  return {
    threads: count,
    get busySeconds() {
      return busySeconds;
    },
    async next() {
      if (broken !== undefined) throw broken;
      // The slot of the step before is free now.
      request();
      const coming = pending.get(step);
      if (coming === undefined) throw new RangeError(`step ${step} of ${steps}`);
      await coming.ready;
      pending.delete(step);
      return slots[step++ % slots.length]!;
    },
    async close() {
      closing = true;
      await Promise.all(workers.map(endThread));
    },
  };
}

function createSlots(plan: InputPlan): InputArrays[] {
  const first = createInputArrays(plan);
  const fitting = Math.floor(slotBytes / bytesOf(first));
  const length = Math.min(slotsAtMost, Math.max(slotsAtLeast, fitting));
  return [first, ...Array.from({ length: length - 1 }, () => createInputArrays(plan))];
}

function startThread(
  name: string,
  workerData: InputThreadData,
  take: (reply: InputReply) => void,
  fail: (error: Error) => void,
): Worker {
  const worker = new Worker(threadFile, { workerData, execArgv: [...nodeArguments], name });
  worker.on('message', take);
  worker.on('error', (error) => fail(unpackUncaught(error)));
  worker.on('exit', (code) => fail(ended(code)));
  return worker;
}

/**
 * A thread that is ended from outside in the midst of native work (an image being decoded) can take the process with
 * it: it is asked to end, and only one that does not (a plugin left a timer behind) is ended from here.
 */
async function endThread(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return;
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const timer = setTimeout(() => void worker.terminate(), graceMs);
  worker.postMessage({} satisfies InputRequest);
  await ended;
  clearTimeout(timer);
}

function pendingStep(missing: number): PendingStep {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const ready = new Promise<void>((onReady, onError) => {
    resolve = onReady;
    reject = onError;
  });
  // Awaited in its turn; until then a failure must not count as unhandled.
  ready.catch(() => undefined);
  return { ready, missing, resolve, reject };
}

/** Errors that no step asked for: thrown later by a plugin, or the thread's memory ran out. */
function unpackUncaught(error: Error): Error {
  return new RethinkError('INPUT_THREAD', `A thread that prepares images failed: ${error.message}`, {
    cause: error,
  });
}

function ended(code: number): RethinkError {
  return new RethinkError('INPUT_THREAD', `A thread that prepares images ended with exit code ${code}.`, {
    hint: 'Does an augmentation call process.exit()?',
  });
}
