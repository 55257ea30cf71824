/** Runners for tests: a stage behaves as its parameters say. Loaded by stage processes through `runnersModule`. */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RethinkError } from '../../contract';
import type { StageRunners } from '../stages/runners';
import type { StageJob, StageServices } from '../../core/plan/stage-job';
import type { StageOutcome } from '../../core/plan/outcome-schema';

type Behaviour = (job: StageJob, services: StageServices) => Promise<void> | void;

const parameter = (job: StageJob, name: string): number | string =>
  (job.stage.parameters as { parameters: Record<string, number | string> }).parameters[name]!;

const forever = (): Promise<never> => new Promise(() => setInterval(() => undefined, 1000));

/** Adds up the numbers to `steps`, keeps its state in the resume folder, and leaves the sum and where it began. */
async function count(job: StageJob, services: StageServices): Promise<void> {
  const steps = Number(parameter(job, 'steps'));
  const point = join(job.resumeFolder, 'state.json');
  const from = existsSync(point)
    ? (JSON.parse(readFileSync(point, 'utf8')) as { step: number; sum: number })
    : { step: 0, sum: 0 };
  let { sum } = from;
  for (let step = from.step + 1; step <= steps; step++) {
    await sleep(Number(parameter(job, 'stepMs')));
    services.signal.throwIfAborted();
    sum += step;
    writeFileSync(`${point}.draft`, JSON.stringify({ step, sum }));
    renameSync(`${point}.draft`, point);
    services.progress({ done: step, total: steps, unit: 'step', figures: { loss: 1 / step } });
  }
  writeFileSync(join(job.outputFolder, 'sum.json'), String(sum));
  writeFileSync(join(job.outputFolder, 'from.json'), String(from.step));
}

const behaviours: Readonly<Record<string, Behaviour>> = {
  succeed: (job) => {
    const inputs = Object.entries(job.inputFolders).map(([name, folder]) => [name, existsSync(folder)]);
    writeFileSync(join(job.outputFolder, 'result.json'), JSON.stringify({ inputs, threads: job.threads }));
  },
  count,
  throw: () => {
    throw new Error('the plugin is at a loss');
  },
  refuse: () => {
    throw new RethinkError('BAD_THING', 'a bad thing', {
      location: { file: 'a.json', path: 'x[1]' },
      hint: 'fix it',
    });
  },
  diverge: (job) => {
    writeFileSync(join(job.resumeFolder, 'poisoned'), '');
    throw new RethinkError('DIVERGED', 'the loss is NaN at step 7');
  },
  hang: async ({ resumeFolder }, { logger }) => {
    process.removeAllListeners('SIGTERM');
    process.on('SIGTERM', () => writeFileSync(join(resumeFolder, 'heard-sigterm'), ''));
    logger.info('hanging');
    await forever();
  },
  block: (_, { logger }) => {
    logger.info('blocking');
    for (;;);
  },
  exit: () => process.exit(0),
  segfault: async () => {
    process.kill(process.pid, 'SIGSEGV');
    await forever();
  },
  'segfault-once': async ({ resumeFolder, outputFolder }) => {
    const mark = join(resumeFolder, 'crashed');
    if (existsSync(mark)) return writeFileSync(join(outputFolder, 'result.json'), 'survived');
    writeFileSync(mark, '');
    process.kill(process.pid, 'SIGSEGV');
    await forever();
  },
  'eat-memory': async () => {
    const eaten: Buffer[] = [];
    for (;;) {
      eaten.push(Buffer.alloc(16 << 20, 1));
      await sleep(10);
    }
  },
  'fill-heap': () => {
    const eaten: unknown[] = [];
    for (;;) eaten.push(Array.from({ length: 1e5 }, (_, i) => ({ i })));
  },
  chatter: (job) => {
    for (let i = 0; i < 200; i++) console.log(`line ${i} ${'x'.repeat(100_000)}`);
    console.error('the end of it');
    writeFileSync(join(job.outputFolder, 'result.json'), '{}');
  },
  'write-much': async ({ outputFolder }) => {
    const file = openSync(join(outputFolder, 'weights.safetensors'), 'w');
    const block = Buffer.alloc(4 << 20);
    for (let i = 0; i < 64; i++) {
      writeSync(file, block);
      await sleep(20);
    }
    closeSync(file);
    await forever();
  },
  reject: async () => {
    void Promise.reject(new Error('nobody caught me'));
    await forever();
  },
  'throw-later': async () => {
    setTimeout(() => {
      throw new Error('thrown from a timer');
    }, 1);
    await forever();
  },
  nothing: () => undefined,
  fork: async ({ resumeFolder }) => {
    for (const detached of [false, true]) {
      const child = spawn('sleep', ['1000'], { detached, stdio: 'inherit' });
      appendFileSync(join(resumeFolder, 'pids'), `${child.pid}\n`);
    }
    await forever();
  },
  environment: (job) => {
    writeFileSync(join(job.outputFolder, 'environment.json'), JSON.stringify(process.env));
  },
  'fill-disk': (job) => {
    const file = openSync(join(job.outputFolder, 'weights.safetensors'), 'w');
    const block = Buffer.alloc(1 << 20);
    for (;;) writeSync(file, block);
  },
  link: (job) => {
    spawn('ln', ['-s', '/etc/hostname', join(job.outputFolder, 'weights.safetensors')]);
    return sleep(200);
  },
};

const outcome: StageOutcome = {
  ledger: {
    flops: 12,
    flopsByPhase: { forward: 4, backward: 8 },
    unknownKernels: {},
    deviceSeconds: 0.01,
    secondsByPhase: { compute: 0.01 },
    imagesSeen: 3,
  },
  imageIds: { labelled: [1, 2, 3] },
  summary: { finalLoss: 0.5 },
};

/** Scores that follow from the sum that a counting stage left. */
function score(job: StageJob): StageOutcome {
  const [folder] = Object.values(job.inputFolders);
  const sum = Number(readFileSync(join(folder!, 'sum.json'), 'utf8'));
  const AP = sum / 1000;
  const stats = { AP, AP50: AP, AP75: AP, APs: null, APm: AP, APl: AP };
  const recalls = { AR1: AP, AR10: AP, AR100: AP, ARs: null, ARm: AP, ARl: AP };
  writeFileSync(join(job.outputFolder, 'sum.json'), String(sum));
  writeFileSync(
    join(job.outputFolder, 'metrics.json'),
    JSON.stringify({ stats: { ...stats, ...recalls }, perCategory: {} }),
  );
  return { ...outcome, imageIds: { validation: [7, 8] }, summary: { AP } };
}

export const runners: StageRunners = {
  evaluate: (job) => Promise.resolve(score(job)),
  custom: async (job, services) => {
    const name = String(parameter(job, 'behaviour'));
    const behaviour = behaviours[name];
    if (behaviour === undefined) throw new Error(`no behaviour ${name}`);
    await behaviour(job, services);
    if (name === 'nothing') return undefined as unknown as StageOutcome;
    return outcome;
  },
};
