import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runCommand, tail } from './command.mjs';
import { napiVersion } from './machine.mjs';
import { SetUpError } from './say.mjs';

const require = createRequire(import.meta.url);

export async function findCompiler() {
  const candidates = [process.env.CXX, 'c++', 'g++', 'clang++'].filter(
    (name) => name !== undefined && name !== '',
  );
  for (const candidate of candidates) {
    const [command, ...args] = candidate.split(/\s+/);
    const { status } = await runCommand(command, [...args, '--version']);
    if (status === 0) return candidate;
  }
  throw new SetUpError(
    'No C++ compiler was found; it builds the addon that connects Node to TensorFlow.',
    'Install one (Debian, Ubuntu: apt install g++; macOS: xcode-select --install), then: npm run tensorflow',
  );
}

/**
 * Compiles tfjs-node's addon against the TensorFlow in the folder. Called directly rather than through node-gyp,
 * which would download Node's own headers; Node-API's headers come from a package.
 * @returns the addon's file name in the folder
 */
export async function compileAddon({ repository, compiler, folder }) {
  const [command, ...compilerArgs] = compiler.split(/\s+/);
  const binding = join(repository, 'node_modules/@tensorflow/tfjs-node-gpu/binding');
  const sources = ['tfjs_backend', 'tfjs_binding'];
  const common = ['-std=c++17', '-O2', '-fPIC', '-w', `-DNAPI_VERSION=${napiVersion}`];
  const includes = [join(folder, 'tensorflow/include'), require('node-api-headers').include_dir];
  const run = async (args) => {
    const { status, output } = await runCommand(command, [...compilerArgs, ...args], { cwd: folder });
    if (status !== 0) {
      throw new SetUpError(
        `${compiler} could not build the addon:\n  ${tail(output, 12)}`,
        'It needs C++17: set CXX to another compiler.',
      );
    }
  };
  await Promise.all(
    sources.map((source) =>
      run([
        ...common,
        ...includes.flatMap((path) => ['-I', path]),
        '-c',
        join(binding, `${source}.cc`),
        '-o',
        `${source}.o`,
      ]),
    ),
  );
  const libraries = readdirSync(join(folder, 'tensorflow'))
    .filter((file) => file.startsWith('libtensorflow_'))
    .map((file) => join('tensorflow', file));
  if (libraries.length !== 2)
    throw new SetUpError(`The wheel holds unexpected libraries: ${libraries.join(', ')}`);
  const addon = 'tfjs_binding.node';
  const platformArgs =
    process.platform === 'darwin'
      ? ['-bundle', '-undefined', 'dynamic_lookup', '-Wl,-rpath,@loader_path/tensorflow']
      : ['-shared', '-Wl,-rpath,$ORIGIN/tensorflow'];
  await run([...platformArgs, ...sources.map((source) => `${source}.o`), ...libraries, '-o', addon]);
  for (const source of sources) rmSync(join(folder, `${source}.o`));
  return addon;
}
