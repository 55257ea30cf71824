/** Main file of a process: five steps of a narrow detector with so many threads; prints a digest of all state. */
import { createHash } from 'node:crypto';
import { parseSpeedOptions } from '../../bench/options';
import { speedInputs, speedTraining } from '../../bench/subject';
import { createRandom } from '../../../contract';
import { initialiseWeights } from '../../detector/weights';
import { createState, useBackend } from '../../tensor';
import { createStepRunner } from './step-runner';
import { trainingState } from './train-step';

async function main(threads: number): Promise<void> {
  await useBackend('tensorflow', { threads });
  const options = {
    detector: 'retinanet',
    size: '96',
    batch: '8',
    width: '0.25',
    depth: '0.5',
    fpnChannels: '32',
    headConvolutions: '1',
    classes: '6',
  };
  const setUp = speedTraining(parseSpeedOptions(options));
  const inputs = { ...speedInputs(setUp), learningRate: 0.01 };
  const state = createState(
    trainingState(setUp, initialiseWeights(setUp.parameters, createRandom('weights'))),
  );
  const runner = createStepRunner(state, setUp, 5);
  for (let step = 0; step < 5; step++) await runner.run({ ...inputs, updateNumber: step + 1 }, true);
  const digest = createHash('sha256');
  for (const [name, { values }] of Object.entries(await state.read()).sort(([a], [b]) => (a < b ? -1 : 1))) {
    digest.update(name).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  process.stdout.write(digest.digest('hex'));
}

void main(Number(process.argv[2]));
