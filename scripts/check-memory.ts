import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { PlannedStage } from '../src/core/plan/stage';
import { datasetSpec, prepareDatasets } from '../src/learning/dataset/prepare';
import { detectorSpec } from '../src/core/plan/detector-spec';
import type { StageJob } from '../src/core/plan/stage-job';
import { tf } from '../src/learning/tensor';
import { run as runTrain } from '../src/host/stages/run-train';
import { scheduleSpec } from '../src/core/plan/schedule';
import { exitWith } from './exit-with';
import { count, scriptOptions } from './script-options';

/**
 * Trains the quickstart's detector and fails if memory keeps growing after a warm-up, or tensors leak.
 *
 * npm run check:memory [-- --steps 1000 --growth 0.03]
 */
const settings = scriptOptions({
  steps: count.min(100).default(1000),
  growth: z.coerce.number().positive().default(0.03),
});
/** Until then allocators, the JavaScript compiler and the cache of decoded images grow to their final size. */
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

async function trainAndSample(folder: string): Promise<Sample[]> {
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
  const samples: Sample[] = [];
  await runTrain(job, {
    logger: { debug: ignore, info: ignore, warn: console.warn },
    signal: new AbortController().signal,
    progress: ({ done }) => {
      if (done % every !== 0) return;
      samples.push({
        step: done,
        tensors: tf.memory().numTensors,
        residentBytes: process.memoryUsage.rss(),
      });
      if (done % (10 * every) === 0) print(samples.at(-1)!);
    },
  });
  return samples;
}

function print({ step, tensors, residentBytes }: Sample): void {
  console.log(
    `step ${String(step).padStart(6)}  ${tensors} tensors  ${(residentBytes / 2 ** 20).toFixed(1)} MiB`,
  );
}

/**
 * The largest relative increase from a tenth of the steps to a later one. Comparing only the first and the last would hide a
 * leak if the system reclaimed memory in between.
 */
function largestIncrease(samples: readonly Sample[]): number {
  const size = Math.ceil(settings.steps / every / 10);
  const means: number[] = [];
  for (let i = 0; i + size <= samples.length; i += size) means.push(meanBytes(samples.slice(i, i + size)));
  return Math.max(...means.map((mean, i) => mean / Math.min(...means.slice(0, i + 1)) - 1));
}

function meanBytes(samples: readonly Sample[]): number {
  return samples.reduce((sum, { residentBytes }) => sum + residentBytes, 0) / samples.length;
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'rethink-memory-'));
  try {
    const warm = (await trainAndSample(folder)).filter(({ step }) => step > warmUp);
    const growth = largestIncrease(warm);
    const counts = new Set(warm.map(({ tensors }) => tensors));
    console.log(
      `largest increase of resident memory after ${warmUp} steps: ${(100 * growth).toFixed(2)} % ` +
        `(allowed: ${100 * settings.growth} %); tensors: ${[...counts].join(', ')}`,
    );
    return growth <= settings.growth && counts.size === 1 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

exitWith(main);
