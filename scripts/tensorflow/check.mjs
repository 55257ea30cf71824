import { runCommand, tail } from './command.mjs';
import { SetUpError } from './log.mjs';

// In a separate process: a library that does not fit this machine may crash the process that loads it.
const probe = `
const binding = require(process.argv[1]);
const tensor = binding.createTensor([2], binding.TF_FLOAT, new Float32Array([1, 2]));
const sum = binding.executeOp('Add', [{ name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }], [tensor, tensor], 1);
if (binding.tensorDataSync(sum[0].id)[1] !== 4) throw new Error('2 + 2 is not 4');
process.stdout.write('FOUND ' + JSON.stringify({ tensorflow: binding.TF_Version, gpu: binding.isUsingGpuDevice() }) + '\\n');
`;

/** Loads the addon and adds two numbers with it; returns TensorFlow's version and whether it finds a GPU. */
export async function checkAddon(addon) {
  const { status, signal, output } = await runCommand(process.execPath, ['-e', probe, addon], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', NODE_OPTIONS: '' },
  });
  const found = /^FOUND (.*)$/m.exec(output);
  if (status !== 0 || found === null) {
    throw new SetUpError(
      `The addon does not work on this machine (${signal ?? `exit ${status}`}):\n  ${tail(output)}`,
      'Rebuild it with: npm run tensorflow -- --force',
    );
  }
  return JSON.parse(found[1]);
}
