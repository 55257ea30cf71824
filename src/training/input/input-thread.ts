/** Main file of a thread that prepares a slice of every step's inputs, ahead of the device. */
import { parentPort, workerData } from 'node:worker_threads';
import { createStageLogger } from '../../execution/stage-logger';
import { createFiller, type FillInputs } from './fill-inputs';
import { packError, type InputReply, type InputRequest, type InputThreadData } from './thread-messages';

const { plan, slots, first, end } = workerData as InputThreadData;
const port = parentPort!;

let fill: FillInputs | undefined;
let busy: Promise<void> = Promise.resolve();

async function answer(step: number): Promise<InputReply> {
  try {
    fill ??= createFiller(plan, createStageLogger());
    return { step, seconds: await fill(step, slots[step % slots.length]!, first, end) };
  } catch (error) {
    return { step, error: packError(error) };
  }
}

port.on('message', ({ step }: InputRequest) => {
  // One after the other: steps compete for nothing, and the next one's pictures are being decoded meanwhile.
  busy = busy.then(async () => port.postMessage(await answer(step)));
});
