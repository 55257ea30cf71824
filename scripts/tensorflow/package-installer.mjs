import { cpSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { checkAddon } from './check.mjs';
import { runCommand, tail } from './command.mjs';
import { writeJson } from './files.mjs';
import { napiVersion, tfjsVersion } from './machine.mjs';
import { SetUpError, log } from './log.mjs';

/**
 * Runs tfjs-node's own installer in a copy of the package, so that its files (a prebuilt addon, and libtensorflow from
 * Google's bucket) are located where `npm ci` deletes nothing.
 */
export async function buildWithPackageInstaller({ repository, nativeFolder, fallback, device }) {
  const partial = join(nativeFolder, `partial-${process.pid}`);
  const copy = join(partial, 'package');
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  const source = join(repository, 'node_modules/@tensorflow/tfjs-node-gpu');
  for (const name of ['package.json', 'binding.gyp', 'binding', 'scripts']) {
    cpSync(join(source, name), join(copy, name), { recursive: true });
  }
  const { status, output } = await runCommand(process.execPath, ['scripts/install.js', device, 'download'], {
    cwd: copy,
    onLine: (line) => {
      if (line.startsWith('*')) log(`  ${line.slice(1).trim()}`);
    },
    env: {
      ...process.env,
      NODE_PATH: join(repository, 'node_modules'),
      PATH: `${join(repository, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
    },
  });
  const addon = status === 0 ? findAddon(partial) : undefined;
  if (addon === undefined) {
    const reason = output.split('\n').find((line) => /Error: /.test(line)) ?? tail(output, 1);
    throw new SetUpError(`tfjs-node's own installer failed too: ${reason.trim()}`);
  }
  const found = await checkAddon(join(partial, addon));
  writeJson(join(partial, 'manifest.json'), {
    addon,
    source: 'package-installer',
    device,
    tensorflow: found.tensorflow,
    tfjsNode: tfjsVersion(repository),
    napi: napiVersion,
    wheels: [],
  });
  rmSync(fallback, { recursive: true, force: true });
  renameSync(partial, fallback);
  return fallback;
}

function findAddon(folder) {
  const found = readdirSync(folder, { recursive: true }).find((file) =>
    /package[\\/]lib[\\/]napi-v\d+[\\/]tfjs_binding\.node$/.test(
      join('package', file.replace(/^package[\\/]/, '')),
    ),
  );
  return found;
}
