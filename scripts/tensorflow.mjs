// Sets up native TensorFlow: `npm run tensorflow -- [--gpu | --cpu] [--force]`, also run by `npm ci`.
//
// The installer of tfjs-node brings TensorFlow 2.9 of 2022. This script instead takes the shared libraries and C headers
// from the official, current TensorFlow wheel, compiles the addon's sources against them, and stores the result in
// `.native/` of this repository, which `npm ci` does not touch. No Python runs afterwards.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { holdLock } from './tensorflow/lock.mjs';
import { SetUpError, log, megabytes } from './tensorflow/log.mjs';
import { buildFromWheel } from './tensorflow/wheel.mjs';
import { buildWithPackageInstaller } from './tensorflow/package-installer.mjs';
import { findGpu, variantName, tfjsVersion } from './tensorflow/machine.mjs';
import { checkAddon } from './tensorflow/check.mjs';
import { readJson, writeJson } from './tensorflow/files.mjs';

const usage = `Usage: npm run tensorflow -- [--gpu | --cpu] [--force]

Sets up native TensorFlow for this repository, in .native/.
  --gpu     with CUDA (NVIDIA, Linux); about 3 GB to download
  --cpu     without a GPU; about 270 MB to download
            default: --gpu if an NVIDIA driver is found
  --force   rebuilds it even if it is complete

Requires Python 3 with pip (only to download) and a C++17 compiler ($CXX, c++, g++ or clang++).
Environment: RETHINK_NATIVE  a folder to use instead of .native/ (for instance one that several clones share)
             RETHINK_SKIP_TENSORFLOW=1  npm ci skips this step`;

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const nativeFolder = resolve(repository, process.env.RETHINK_NATIVE ?? '.native');

function readOptions() {
  const { values } = parseArgs({
    options: {
      gpu: { type: 'boolean' },
      cpu: { type: 'boolean' },
      force: { type: 'boolean', default: false },
      postinstall: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.gpu && values.cpu) throw new SetUpError('Choose one of --gpu and --cpu.', usage);
  return values;
}

/** The device requested now, else the one requested before, else what the machine has. */
function chooseDevice(options, current) {
  if (options.gpu) return { device: 'gpu', asked: true };
  if (options.cpu) return { device: 'cpu', asked: true };
  if (current?.asked === true) return { device: current.device, asked: true };
  const gpu = findGpu();
  if (gpu !== undefined) log(`NVIDIA driver found (${gpu}): TensorFlow with CUDA.`);
  return { device: gpu === undefined ? 'cpu' : 'gpu', asked: false };
}

/** A set-up is complete if its manifest, which is written last, names an existing addon. */
function completeManifest(folder) {
  const manifest = readJson(join(folder, 'manifest.json'));
  return manifest !== undefined && existsSync(join(folder, manifest.addon)) ? manifest : undefined;
}

/** Removes results of earlier set-ups for this device; processes that have them open keep them until they end. */
function removeSuperseded(device, keep) {
  for (const name of readdirSync(nativeFolder)) {
    if (name.startsWith('tensorflow-') && name.includes(`-${device}-`) && name !== keep) {
      rmSync(join(nativeFolder, name), { recursive: true, force: true });
    }
  }
}

function removeLeftovers() {
  for (const name of readdirSync(nativeFolder)) {
    if (name.startsWith('partial-')) rmSync(join(nativeFolder, name), { recursive: true, force: true });
  }
}

async function buildVariant(device, folders) {
  try {
    return await buildFromWheel({ ...folders, device });
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    log(error.message);
    if (error.hint !== undefined) log(`  ${error.hint}`);
    const previous = completeManifest(folders.fallback);
    if (previous !== undefined) {
      log(`Keeping TensorFlow ${previous.tensorflow} from tfjs-node's own installer.`);
      return folders.fallback;
    }
    log("Falling back to tfjs-node's own installer (TensorFlow 2.9 of 2022: slower, no recent GPUs).");
    try {
      return await buildWithPackageInstaller({ ...folders, device });
    } catch (second) {
      if (!(second instanceof SetUpError)) throw second;
      throw new SetUpError(second.message, error.hint);
    }
  } finally {
    removeLeftovers();
  }
}

async function setUp(options) {
  mkdirSync(nativeFolder, { recursive: true });
  const release = await holdLock(nativeFolder);
  try {
    const currentFile = join(nativeFolder, 'current.json');
    const { device, asked } = chooseDevice(options, readJson(currentFile));
    const name = variantName(repository, device);
    const folders = {
      repository,
      nativeFolder,
      target: join(nativeFolder, name),
      fallback: join(nativeFolder, `${name}-package-installer`),
    };
    removeLeftovers();
    if (options.force) {
      for (const folder of [folders.target, folders.fallback])
        rmSync(folder, { recursive: true, force: true });
    }
    let folder = folders.target;
    const isNew = completeManifest(folder) === undefined;
    if (isNew) folder = await buildVariant(device, folders);
    const manifest = completeManifest(folder);
    const found = await checkAddon(join(folder, manifest.addon));
    const variant = folder.slice(nativeFolder.length + 1);
    writeJson(currentFile, { device, asked, variant });
    removeSuperseded(device, variant);
    const gpuNote = device === 'gpu' && !found.gpu ? ' It finds no GPU here and computes on the CPU.' : '';
    log(
      `TensorFlow ${found.tensorflow} (${device}) is ${isNew ? 'set up' : 'in place'}` +
        ` for tfjs-node ${tfjsVersion(repository)}${isNew ? `: ${megabytes(folder)} MB in ${folder}` : ''}.${gpuNote}`,
    );
  } finally {
    await release();
  }
}

async function main() {
  const options = readOptions();
  if (options.help) return void process.stdout.write(`${usage}\n`);
  if (options.postinstall && process.env.RETHINK_SKIP_TENSORFLOW === '1') {
    return log('Skipped (RETHINK_SKIP_TENSORFLOW=1). Later: npm run tensorflow');
  }
  try {
    await setUp(options);
  } catch (error) {
    log(error instanceof SetUpError ? error.message : `Set-up failed: ${error.stack}`);
    if (error.hint !== undefined) log(`  ${error.hint}`);
    if (!options.postinstall) process.exitCode = 1;
    // npm ci continues: everything except training works without TensorFlow.
    else
      log(
        'Training is not possible without it. Later: npm run tensorflow (and: npm run -s rethink -- doctor)',
      );
  }
}

try {
  await main();
} catch (error) {
  log(error.message);
  if (error.hint !== undefined) log(error.hint);
  process.exitCode = 2;
}
