import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, tail } from './command.mjs';
import { napiVersion } from './machine.mjs';
import { SetUpError } from './log.mjs';

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
    'No C++ compiler was found to build the addon that connects Node to TensorFlow.',
    'Install one (Debian, Ubuntu: apt install g++; macOS: xcode-select --install), then: npm run tensorflow',
  );
}

/**
 * Compiles tfjs-node's addon against the TensorFlow in the folder. Called directly rather than through node-gyp,
 * which would download Node's own headers; Node-API's headers come from a package.
 * @returns file names in the folder: the addon, and a small one that mutes standard error while the other is loaded
 */
export async function compileAddon({ repository, compiler, folder, device }) {
  const [command, ...compilerArgs] = compiler.split(/\s+/);
  const binding = join(repository, 'node_modules/@tensorflow/tfjs-node-gpu/binding');
  const common = ['-std=c++17', '-O2', '-fPIC', '-w', `-DNAPI_VERSION=${napiVersion}`];
  const includes = [join(folder, 'tensorflow/include'), require('node-api-headers').include_dir];
  const run = async (args) => {
    const { status, output } = await runCommand(command, [...compilerArgs, ...args], { cwd: folder });
    if (status !== 0) {
      throw new SetUpError(
        `${compiler} could not build the addon:\n  ${tail(output, 12)}`,
        'The addon requires C++17: set CXX to another compiler.',
      );
    }
  };
  const own = (name) => fileURLToPath(new URL(`../../native/${name}.cc`, import.meta.url));
  const objects = [
    ...['tfjs_backend', 'tfjs_binding'].map((name) => join(binding, `${name}.cc`)),
    own('mute'),
  ].map((source) => ({ source, object: `${basename(source, '.cc')}.o` }));
  const include = includes.flatMap((path) => ['-I', path]);
  const kernels = kernelObjects();
  if (device === 'gpu') {
    objects[0].flags = ['-DTFE_NewContextOptions=rethinkContextOptions'];
    kernels.push({ source: own('context'), object: 'context.o', flags: [] });
  }
  await Promise.all([
    ...objects.map(({ source, object, flags = [] }) =>
      run([...common, ...flags, ...include, '-c', source, '-o', object]),
    ),
    ...kernels.map(({ source, object, flags }) =>
      run([...common, ...flags, ...include, '-c', source, '-o', object]),
    ),
  ]);
  const libraries = readdirSync(join(folder, 'tensorflow'))
    .filter((file) => file.startsWith('libtensorflow_'))
    .map((file) => join('tensorflow', file));
  if (libraries.length !== 2)
    throw new SetUpError(`The wheel contains unexpected libraries: ${libraries.join(', ')}.`);
  const darwin = process.platform === 'darwin';
  const shared = darwin ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  const rpath = `-Wl,-rpath,${darwin ? '@loader_path' : '$ORIGIN'}/tensorflow`;
  const [backend, entry, mute] = objects.map(({ object }) => object);
  const addon = 'tfjs_binding.node';
  const others = kernels.map(({ object }) => object);
  await run([...shared, rpath, backend, entry, ...others, ...libraries, '-pthread', '-o', addon]);
  await run([...shared, mute, '-o', 'mute.node']);
  for (const { object } of [...objects, ...kernels]) rmSync(join(folder, object));
  return { addon, mute: 'mute.node' };
}

/** Sources of this project's own operations, with their inner loops once for each instruction set. */
function kernelObjects() {
  const source = (name) => fileURLToPath(new URL(`../../native/kernels/${name}.cc`, import.meta.url));
  const x86 = process.arch === 'x64' && process.platform === 'linux';
  const sets = {
    kCompute: [],
    ...(x86 && {
      kComputeAvx2: ['-mavx2', '-mfma'],
      kComputeAvx512: [
        ...['f', 'vl', 'dq', 'bw'].map((part) => `-mavx512${part}`),
        '-mfma',
        '-mprefer-vector-width=512',
      ],
    }),
  };
  // Traps and errno would prevent vectorisation. Results are those of IEEE arithmetic.
  const loops = ['-O3', '-fno-math-errno', '-fno-trapping-math'];
  const define = x86 ? ['-DRETHINK_X86'] : [];
  return [
    ...Object.entries(sets).map(([name, flags]) => ({
      source: source('compute'),
      object: `${name}.o`,
      flags: [...loops, ...define, ...flags, `-DRETHINK_COMPUTE=${name}`],
    })),
    ...['pool', 'register'].map((name) => ({ source: source(name), object: `${name}.o`, flags: define })),
  ];
}
