import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createRandom } from '../src/contract';
import { mutate } from '../test/fuzz/mutate';
import { targets } from '../test/fuzz/targets';
import { tryInput } from '../test/fuzz/try-input';

/**
 * Feeds broken inputs to everything that reads what others wrote. Each has to be taken, or refused by a clear error; one
 * that is not is kept in test/fuzz/corpus, where a test tries it ever after: give it a name that says what it is.
 *
 * npm run fuzz [-- --seconds 60 --target benchmark --seed 1]
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
    // Of a child process, which one input may bring down.
    input: { type: 'string' },
  },
});
const settings = z
  .object({
    seconds: z.coerce.number().positive(),
    target: z.enum(Object.keys(targets)).optional(),
    seed: z.string(),
    input: z.string().optional(),
  })
  .parse(values);

const corpus = resolve(__dirname, '..', 'test', 'fuzz', 'corpus');
/** After so long without a sign of life, the input at hand is held to hang. */
const SILENCE_MS = 30_000;
/** A process takes its time to start, and the more so on a busy machine. */
const START_MS = 300_000;
const EVERY = 50;

type Report = { readonly tried: number } | { readonly complaint: string };

/** Tries inputs until the time is over; the one at hand is in a file, should it bring the process down. */
async function fuzz(name: string, atHand: string): Promise<void> {
  const tell = (report: Report) => process.send!(report);
  const target = targets[name]!;
  const seeds = await target.seeds();
  const random = createRandom(`fuzz ${name} ${settings.seed}`);
  const end = performance.now() + settings.seconds * 1000;
  let tried = 0;
  for (; performance.now() < end; tried++) {
    const input = mutate(seeds, random);
    writeFileSync(atHand, input);
    const complaint = await tryInput(target, input);
    if (complaint !== undefined) tell({ complaint });
    if (complaint !== undefined) keep(name, input);
    if (tried % EVERY === 0) tell({ tried });
  }
  tell({ tried });
}

function keep(name: string, input: Buffer): string {
  const folder = join(corpus, name);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `found-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`);
  writeFileSync(file, input);
  return file;
}

/** @returns how many findings there were */
function fuzzInChild(name: string): Promise<number> {
  const atHand = join(tmpdir(), `rethink-fuzz-${process.pid}-${name}`);
  const child: ChildProcess = fork(
    __filename,
    ['--input', atHand, '--target', name, '--seed', settings.seed, '--seconds', String(settings.seconds)],
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
        const kept = existsSync(atHand) ? keep(name, readFileSync(atHand)) : 'before the first input';
        console.log(`${name}: ended by ${signal ?? `exit code ${code}`}: ${kept}`);
      }
      rmSync(atHand, { force: true });
      console.log(`${name}: ${tried} inputs, ${findings} findings`);
      done(findings);
    });
  });
}

async function main(): Promise<number> {
  if (settings.input !== undefined) {
    await fuzz(settings.target!, settings.input);
    // What was told is under way to the parent.
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

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
