import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, tail } from './command.mjs';
import { SetUpError, log, megabytes } from './log.mjs';
import { wheelPlatform } from './machine.mjs';

const candidates = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']];

export async function findPip() {
  for (const [command, ...args] of candidates) {
    const { status } = await runCommand(command, [...args, '--version']);
    if (status === 0) return [command, ...args];
  }
  throw new SetUpError(
    'Python 3 with pip, which downloads TensorFlow, was not found.',
    'Install it (Debian, Ubuntu: apt install python3-pip; macOS: brew install python), then: npm run tensorflow',
  );
}

/**
 * Downloads the wheel of each requirement into the folder and reports progress every few seconds.
 * @returns paths of all wheels in the folder
 */
export async function downloadWheels(pip, requirements, device, folder) {
  mkdirSync(folder, { recursive: true });
  // pip downloads into TMPDIR first; the folder's size is its progress.
  const temporary = join(folder, 'incoming');
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);
  const started = Date.now();
  let name = '';
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    log(`  … ${megabytes(temporary)} MB after ${seconds} s${name === '' ? '' : ` (${name})`}`);
  }, 5000);
  const [command, ...first] = pip;
  const args = [
    ...first,
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--python-version=3.12',
    '--implementation=cp',
    ...wheelPlatform(device).tags.map((tag) => `--platform=${tag}`),
    '--disable-pip-version-check',
    '--no-input',
    '--progress-bar=off',
    `--dest=${folder}`,
    ...requirements,
  ];
  const onLine = (line) => {
    const download = /^\s*(?:Downloading|Using cached) (\S+?)(?:\s+\((.+)\))?\s*$/.exec(line);
    if (download === null) return;
    name = download[1].split('/').pop();
    log(`  ${line.trim()}`);
  };
  try {
    const { status, output } = await runCommand(command, args, {
      onLine,
      env: { ...process.env, TMPDIR: temporary, PYTHONUNBUFFERED: '1' },
    });
    if (status !== 0)
      throw new SetUpError(
        `pip could not download ${requirements.join(', ')}:\n  ${tail(output)}`,
        undefined,
      );
  } finally {
    clearInterval(timer);
    rmSync(temporary, { recursive: true, force: true });
  }
  return readdirSync(folder)
    .filter((file) => file.endsWith('.whl'))
    .map((file) => join(folder, file))
    .filter((file) => existsSync(file));
}
