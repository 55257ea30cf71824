import { existsSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { SetUpError } from './log.mjs';

/** TensorFlow's minor version that this project is tested with; pip selects its newest patch. */
export const tensorflowMinor = '2.21';

/** Incremented when this set-up builds something different from the same versions. */
const recipes = { cpu: 3, gpu: 4 };

export function tfjsVersion(repository) {
  const file = join(repository, 'node_modules/@tensorflow/tfjs-node-gpu/package.json');
  if (!existsSync(file)) throw new SetUpError('@tensorflow/tfjs-node-gpu is not installed.', 'Run: npm ci');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/** Contains everything that determines the result of the set-up. Node-API is stable, so Node's version does not. */
export function variantName(repository, device) {
  return [
    `tensorflow-${tensorflowMinor}`,
    device,
    process.platform,
    process.arch,
    `tfjs-node-${tfjsVersion(repository)}`,
    `napi-${napiVersion}`,
    `r${recipes[device]}`,
  ].join('-');
}

export const napiVersion = 8;

/** Where an NVIDIA GPU was found on this machine, or undefined. */
export function findGpu() {
  if (process.platform !== 'linux') return undefined;
  const listed = spawnSync('nvidia-smi', ['-L'], { encoding: 'utf8', timeout: 20_000 });
  if (listed.status === 0 && /^GPU \d/m.test(listed.stdout)) return 'nvidia-smi';
  if (existsSync('/proc/driver/nvidia/version')) return '/proc/driver/nvidia';
  return undefined;
}

/**
 * pip's tags for this machine, and the packages with TensorFlow for it, best first.
 * Wheels built against an older glibc or macOS run on newer ones, so all older tags are included.
 */
export function wheelPlatform(device) {
  const arch = { x64: 'x86_64', arm64: 'aarch64' }[process.arch];
  if (process.platform === 'linux' && arch !== undefined) {
    const glibc = process.report.getReport().header.glibcVersionRuntime;
    if (glibc === undefined) {
      throw new SetUpError('TensorFlow has no wheel for musl (Alpine).', 'Use a distribution with glibc.');
    }
    const newest = Math.min(Number(glibc.split('.')[1]), 45);
    const tags = [];
    for (let minor = newest; minor >= 17; minor -= 1) tags.push(`manylinux_2_${minor}_${arch}`);
    tags.push(`manylinux2014_${arch}`);
    if (arch === 'x86_64') tags.push('manylinux2010_x86_64', 'manylinux1_x86_64');
    const packages =
      device === 'gpu' || arch === 'aarch64' ? ['tensorflow'] : ['tensorflow-cpu', 'tensorflow'];
    return { tags, packages };
  }
  if (process.platform === 'darwin' && process.arch === 'arm64') {
    return { tags: [15, 14, 13, 12, 11].map((major) => `macosx_${major}_0_arm64`), packages: ['tensorflow'] };
  }
  throw new SetUpError(
    `TensorFlow ${tensorflowMinor} has no wheel for ${process.platform} on ${process.arch}.`,
    'Use Linux (x64 or arm64) or macOS (arm64); on Windows, use WSL.',
  );
}
