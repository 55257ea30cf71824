import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { createRandom } from '../src/contract';
import { mutate } from '../test/fuzz/mutate';
import { targets } from '../test/fuzz/targets';
import { tryInput } from '../test/fuzz/try-input';
import { exitWith } from './exit-with';
import { scriptOptions } from './script-options';

/**
 * Feeds broken inputs to every reader of untrusted files. Each must be accepted or rejected with a clear error. Inputs that
 * are not are stored in test/fuzz/corpus, which a test runs: rename them to what they are.
 *
 * npm run fuzz [-- --seconds 60 --target benchmark --seed 1]
 */
const settings = scriptOptions({
  seconds: z.coerce.number().positive().default(60),
  target: z.enum(Object.keys(targets)).optional(),
  seed: z.string().default(String(Date.now() % 1e6)),
  // Set in child processes, which an input may crash.
  input: z.string().optional(),
});

const corpus = resolve(__dirname, '..', 'test', 'fuzz', 'corpus');
/** A child that is silent for this long is considered hung on its current input. */
const SILENCE_MS = 30_000;
/** Starting a process takes longer, especially on a busy machine. */
const START_MS = 300_000;
const EVERY = 50;

type Report = { readonly tried: number } | { readonly complaint: string };

/** Tries inputs until the time is over. The current one is in a file, in case it crashes the process. */
async function fuzz(name: string, currentFile: string): Promise<void> {
  const send = (report: Report) => process.send!(report);
  const target = targets[name]!;
  const seeds = await target.seeds();
  const random = createRandom(`fuzz ${name} ${settings.seed}`);
  const end = performance.now() + settings.seconds * 1000;
  let tried = 0;
  for (; performance.now() < end; tried++) {
    const input = mutate(seeds, random);
    writeFileSync(currentFile, input);
    const complaint = await tryInput(target, input);
    if (complaint !== undefined) {
      send({ complaint });
      store(name, input);
    }
    if (tried % EVERY === 0) send({ tried });
  }
  send({ tried });
}

function store(name: string, input: Buffer): string {
  const folder = join(corpus, name);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `found-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`);
  writeFileSync(file, input);
  return file;
}

/** @returns the number of findings */
function fuzzInChild(name: string): Promise<number> {
  const currentFile = join(tmpdir(), `rethink-fuzz-${process.pid}-${name}`);
  const child: ChildProcess = fork(
    __filename,
    [
      ...['--input', currentFile, '--target', name],
      ...['--seed', settings.seed, '--seconds', String(settings.seconds)],
    ],
    { execArgv: [...process.execArgv, '--max-old-space-size=1024'] },
  );
  return new Promise((done) => {
    let findings = 0;
    let tried = 0;
    const seen = new Set<string>();
    const hang = () => child.kill('SIGKILL');
    let timer = setTimeout(hang, START_MS);
    child.on('message', (report: Report) => {
      clearTimeout(timer);
      timer = setTimeout(hang, SILENCE_MS);
      if ('tried' in report) tried = report.tried;
      else {
        findings++;
        const [first, at = ''] = report.complaint.split('\n');
        if (!seen.has(at)) console.log(`${name}: ${first} ${at.trim()}`);
        seen.add(at);
      }
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0) {
        findings++;
        const stored = existsSync(currentFile)
          ? store(name, readFileSync(currentFile))
          : 'before the first input';
        console.log(`${name}: ended by ${signal ?? `exit code ${code}`}: ${stored}`);
      }
      rmSync(currentFile, { force: true });
      console.log(`${name}: ${tried} inputs, ${findings} findings`);
      done(findings);
    });
  });
}

async function main(): Promise<number> {
  if (settings.input !== undefined) {
    await fuzz(settings.target!, settings.input);
    // Messages already sent still reach the parent.
    process.disconnect();
    return 0;
  }
  console.log(`seed ${settings.seed}`);
  let findings = 0;
  for (const name of settings.target === undefined ? Object.keys(targets) : [settings.target]) {
    findings += await fuzzInChild(name);
  }
  return findings === 0 ? 0 : 1;
}

exitWith(main);
