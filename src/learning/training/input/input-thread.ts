/** Main file of a thread that prepares a slice of every step's inputs, ahead of the device. */
import { parentPort, workerData } from 'node:worker_threads';
import { disableNetwork } from '../../../core/process/disable-network';
import { FileAccessAudit } from '../../../core/process/file-access-audit';
import { createStageLogger } from '../../../core/process/stage-logger';
import { createFiller, type FillInputs } from './fill-inputs';
import {
  packError,
  type InputReply,
  type InputRequest,
  type InputThreadData,
  type ThrownError,
} from './thread-messages';

// Modules are each thread's own, as `fs` is.
disableNetwork();
const { plan, slots, first, end, watched } = workerData as InputThreadData;
const port = parentPort!;
const watch = watched && new FileAccessAudit(watched);

let fill: FillInputs | undefined;
let busy: Promise<void> = Promise.resolve();

async function prepare(step: number): Promise<{ seconds: number } | { error: ThrownError }> {
  try {
    fill ??= createFiller(plan, createStageLogger());
    return { seconds: await fill(step, slots[step % slots.length]!, first, end) };
  } catch (error) {
    return { error: packError(error) };
  }
}

async function answer(step: number): Promise<InputReply> {
  const prepared = await prepare(step);
  return { step, opened: watch?.takeNews() ?? [], ...prepared };
}

let isOver = false;
port.on('message', ({ step }: InputRequest) => {
  if (step === undefined) {
    isOver = true;
    // With its port closed the thread ends by itself, as soon as its decoders have come to rest.
    port.close();
    return;
  }
  // One after the other: steps compete for nothing, and the next one's images are being decoded meanwhile.
  busy = busy.then(async () => {
    if (!isOver) port.postMessage(await answer(step));
  });
});
