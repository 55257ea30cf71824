import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compileAddon, findCompiler } from './compile.mjs';
import { checkAddon } from './check.mjs';
import { writeJson } from './files.mjs';
import { napiVersion, tensorflowMinor, tfjsVersion, wheelPlatform } from './machine.mjs';
import { downloadWheels, findPip } from './pip.mjs';
import { SetUpError, log } from './log.mjs';
import { readEntry, unzip } from './unzip.mjs';

const sharedLibrary = /^tensorflow\/libtensorflow_(cc|framework)\.(so\.\d+|\d+\.dylib)$/;
const cHeader =
  /^tensorflow\/include\/(tensorflow\/c\/|tensorflow\/core\/(platform|common_runtime\/next_pluggable_device\/c)\/|xla\/tsl\/|tsl\/)/;
const cudaFile = /^nvidia\/[^/]+\/(lib|bin|nvvm)\//;

/**
 * Downloads, unpacks and compiles in a folder beside the target, which is renamed when its manifest is written: an
 * interrupted set-up never looks complete.
 */
export async function buildFromWheel({ repository, nativeFolder, target, device }) {
  const pip = await findPip();
  const compiler = await findCompiler();
  // Wheels survive an interruption: pip reuses them.
  const downloads = join(nativeFolder, `downloads-${device}`);
  const { packages } = wheelPlatform(device);
  const wheel = await downloadTensorFlow(pip, packages, device, downloads);
  const cudaWheels = device === 'gpu' ? await downloadCuda(pip, wheel, downloads) : [];

  const partial = join(nativeFolder, `partial-${process.pid}`);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  log(`Unpacking ${basename(wheel)} …`);
  await unzip(wheel, partial, (name) => sharedLibrary.test(name) || cHeader.test(name));
  for (const file of cudaWheels) {
    log(`Unpacking ${basename(file)} …`);
    // The wheel's libraries look for CUDA at $ORIGIN/../nvidia/*/lib: both must be side by side.
    await unzip(file, partial, (name) => cudaFile.test(name));
  }
  log(`Compiling the addon with ${compiler} …`);
  const { addon, mute } = await compileAddon({ repository, compiler, folder: partial, device });
  const found = await checkAddon(join(partial, addon));
  rmSync(join(partial, 'tensorflow/include'), { recursive: true, force: true });
  writeJson(join(partial, 'manifest.json'), {
    addon,
    mute,
    source: 'wheel',
    device,
    kernels: true,
    tensorflow: found.tensorflow,
    tfjsNode: tfjsVersion(repository),
    napi: napiVersion,
    wheels: [wheel, ...cudaWheels].map((file) => basename(file)),
  });
  rmSync(target, { recursive: true, force: true });
  renameSync(partial, target);
  rmSync(downloads, { recursive: true, force: true });
  return target;
}

async function downloadTensorFlow(pip, packages, device, folder) {
  const failures = [];
  for (const name of packages) {
    log(`Downloading ${name} ${tensorflowMinor} …`);
    try {
      const files = await downloadWheels(pip, [`${name}==${tensorflowMinor}.*`], device, folder);
      const prefix = `${name.replace('-', '_')}-${tensorflowMinor}.`;
      const wheel = files
        .filter((file) => basename(file).startsWith(prefix))
        .sort()
        .pop();
      if (wheel === undefined) throw new SetUpError(`pip downloaded no wheel of ${name} into ${folder}.`);
      return wheel;
    } catch (error) {
      if (!(error instanceof SetUpError)) throw error;
      failures.push(error.message);
    }
  }
  throw new SetUpError(
    failures.join('\n'),
    'Check the network and pip (proxy, index), then: npm run tensorflow',
  );
}

/** The CUDA libraries that the wheel's own metadata lists under `and-cuda`. */
async function downloadCuda(pip, wheel, folder) {
  const metadata = (await readEntry(wheel, '.dist-info/METADATA')) ?? '';
  const requirements = [...metadata.matchAll(/^Requires-Dist: ([^;\n]+);.*extra == ["']and-cuda["']/gm)].map(
    (match) => match[1].trim().replaceAll(' ', ''),
  );
  if (requirements.length === 0) throw new SetUpError(`${basename(wheel)} lists no CUDA libraries.`);
  log(`Downloading ${requirements.length} CUDA libraries …`);
  const files = await downloadWheels(pip, requirements, 'gpu', folder);
  return files.filter((file) => basename(file).startsWith('nvidia_'));
}
