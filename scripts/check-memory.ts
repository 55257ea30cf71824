import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import type { PlannedStage } from '../src/core/plan/stage';
import { datasetSpec, prepareDatasets } from '../src/learning/dataset/prepare';
import { detectorSpec } from '../src/core/plan/detector-spec';
import type { StageJob } from '../src/core/plan/stage-job';
import { tf } from '../src/learning/tensor';
import { run as runTrain } from '../src/host/stages/run-train';
import { scheduleSpec } from '../src/core/plan/schedule';

/**
 * Trains the quickstart's detector and fails when memory goes on growing after a warm-up, or tensors are left over.
 *
 * npm run check:memory [-- --steps 1000 --growth 0.03]
 */
const { values } = parseArgs({
  options: { steps: { type: 'string', default: '1000' }, growth: { type: 'string', default: '0.03' } },
});
const settings = z
  .strictObject({
    steps: z.coerce.number().int().min(100),
    growth: z.coerce.number().positive(),
  })
  .parse(values);
/** Allocators, the compiler of JavaScript and the cache of decoded images take what they will keep. */
const warmUp = Math.ceil(0.3 * settings.steps);
const every = Math.max(1, Math.floor(settings.steps / 100));

interface Sample {
  readonly step: number;
  readonly tensors: number;
  readonly residentBytes: number;
}

function quickstart() {
  const file = resolve(__dirname, '..', 'benchmarks', 'quickstart.yaml');
  const { dataset, detector, schedule } = z
    .object({
      dataset: z.object({ scenes: z.object({}).loose() }),
      detector: z.unknown(),
      schedule: z.object({}).loose(),
    })
    .parse(parse(readFileSync(file, 'utf8')));
  const scenes = { ...dataset.scenes, val: 1, unlabelled: 0, classification: undefined };
  return {
    dataset: datasetSpec.parse({ scenes }),
    detector: detectorSpec.parse(detector),
    schedule: scheduleSpec.parse({ ...schedule, steps: settings.steps }),
  };
}

async function samples(folder: string): Promise<Sample[]> {
  const { dataset, detector, schedule } = quickstart();
  const { labelled } = await prepareDatasets(dataset, folder, { baseFolder: folder });
  const selection = { role: 'labelled', datasetDigest: '', fraction: 1, splitSeed: 0 } as const;
  const head = { name: 'main', type: 'detection', categories: labelled.categories.length } as const;
  const stage: PlannedStage = {
    kind: 'train',
    parameters: { detector, schedule, data: [{ selection, head, share: 1, weight: 1 }] },
    key: 'memory',
    label: 'memory',
    seed: 0,
    inputs: {},
  };
  const job: StageJob = {
    stage,
    inputFolders: {},
    datasets: { labelled: labelled.location },
    pluginEntries: {},
    backend: 'tensorflow',
    threads: 1,
    inputThreads: 1,
    outputFolder: join(folder, 'output'),
    resumeFolder: join(folder, 'resume'),
  };
  mkdirSync(job.outputFolder);
  mkdirSync(job.resumeFolder);
  const ignore = () => undefined;
  const taken: Sample[] = [];
  await runTrain(job, {
    logger: { debug: ignore, info: ignore, warn: console.warn },
    signal: new AbortController().signal,
    progress: ({ done }) => {
      if (done % every !== 0) return;
      taken.push({
        step: done,
        tensors: tf.memory().numTensors,
        residentBytes: process.memoryUsage.rss(),
      });
      if (done % (10 * every) === 0) say(taken.at(-1)!);
    },
  });
  return taken;
}

function say({ step, tensors, residentBytes }: Sample): void {
  console.log(
    `step ${String(step).padStart(6)}  ${tensors} tensors  ${(residentBytes / 2 ** 20).toFixed(1)} MiB`,
  );
}

/**
 * The largest rise from a tenth of the steps to a later one, as a share. Not the last against the first: memory that the
 * system took back in between would hide a leak.
 */
function largestRise(of: readonly Sample[]): number {
  const size = Math.ceil(settings.steps / every / 10);
  const means: number[] = [];
  for (let i = 0; i + size <= of.length; i += size) means.push(meanBytes(of.slice(i, i + size)));
  return Math.max(...means.map((mean, i) => mean / Math.min(...means.slice(0, i + 1)) - 1));
}

function meanBytes(of: readonly Sample[]): number {
  return of.reduce((sum, { residentBytes }) => sum + residentBytes, 0) / of.length;
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'rethink-memory-'));
  try {
    const warm = (await samples(folder)).filter(({ step }) => step > warmUp);
    const growth = largestRise(warm);
    const counts = new Set(warm.map(({ tensors }) => tensors));
    console.log(
      `largest rise of resident memory after ${warmUp} steps: ${(100 * growth).toFixed(2)} % ` +
        `(allowed: ${100 * settings.growth} %); tensors: ${[...counts].join(', ')}`,
    );
    return growth <= settings.growth && counts.size === 1 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
