import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { parseSpeedOptions } from '../src/learning/bench/options';
import { speedInputs, speedTraining } from '../src/learning/bench/subject';
import { createRandom, RethinkError } from '../src/contract';
import { initialiseWeights } from '../src/learning/detector/weights';
import { createState, useBackend, type BackendName } from '../src/learning/tensor';
import { createStepRunner } from '../src/learning/training/step/step-runner';
import { trainingState } from '../src/learning/training/step/train-step';

/**
 * Compares the losses of twenty steps of a narrow detector on WebGPU with those on `tensorflow`: within 1 %.
 * Without a GPU, the SwiftShader of Debian's chromium is used (apt install chromium libvulkan1).
 *
 * npm run test:webgpu [-- steps]
 */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';
const tolerance = 0.01;
const steps = Number(process.argv[2] ?? 20);

async function losses(backend: BackendName): Promise<number[]> {
  const { engine } = await useBackend(backend);
  console.log(engine);
  const options = {
    detector: 'retinanet',
    size: '64',
    batch: '2',
    width: '0.25',
    depth: '0.3',
    fpnChannels: '16',
    headConvolutions: '1',
    classes: '6',
  };
  const setUp = speedTraining(parseSpeedOptions(options));
  const inputs = { ...speedInputs(setUp), learningRate: 0.01 };
  const weights = initialiseWeights(setUp.parameters, createRandom('weights'));
  const state = createState(trainingState(setUp, weights));
  const runner = createStepRunner(state, setUp, steps);
  const curve: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss } = await runner.run({ ...inputs, updateNumber: step + 1 }, true);
    curve.push(loss!);
  }
  state.dispose();
  return curve;
}

async function main(): Promise<number> {
  const expected = await losses('tensorflow');
  let found: number[];
  try {
    found = await losses('webgpu');
  } catch (error) {
    if (!(error instanceof RethinkError) || !['WEBGPU_MISSING', 'WEBGPU_NO_ADAPTER'].includes(error.code))
      throw error;
    console.log(`skipped: ${error.message} (${error.hint ?? error.code})`);
    return 0;
  }
  let worst = 0;
  expected.forEach((loss, step) => {
    const difference = Math.abs(found[step]! / loss - 1);
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
    console.log(`step ${step + 1}: tensorflow ${loss.toFixed(5)}, webgpu ${found[step]!.toFixed(5)}`);
  });
  console.log(`largest difference ${(100 * worst).toFixed(3)} %`);
  return worst <= tolerance ? 0 : 1;
}

if (process.env.VK_ICD_FILENAMES === undefined && existsSync(swiftShader)) {
  // Library paths are read when the process starts.
  const env = { ...process.env, VK_ICD_FILENAMES: swiftShader, LD_LIBRARY_PATH: '/usr/lib/chromium' };
  const again = ['--require', `${__dirname}/../src/register.cjs`, __filename, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, again, { stdio: 'inherit', env }).status ?? 1;
} else {
  main().then(
    // Dawn keeps the process alive.
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}
