import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, describe, expect, it } from 'vitest';
import { packageFolder } from '../../core/files/package-folder';
import { artifactFiles, type StageJob } from '../../core/plan/stage-job';
import { readWeights } from '../../learning/training/weights-file';
import { smallBenchmark } from '../conformance/small-benchmark';
import { type PlannedBenchmark, PlanningService } from '../planning/planning.service';
import { loadRunner } from './runners';
import { createServices } from './stage-jobs.test-helper';

const folder = mkdtempSync(join(tmpdir(), 'one-category-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { logger } = createServices();
const quick = { steps: 2, batch: 2, size: 32 };

/** A benchmark whose labelled, unlabelled and other detection data have one category. */
function plan(name: string, axes: object): Promise<PlannedBenchmark> {
  const file = join(folder, `${name}.yaml`);
  const { dataset, detector, schedule } = smallBenchmark;
  const benchmark = {
    name,
    title: name,
    dataset: {
      scenes: {
        ...dataset.scenes,
        size: 48,
        classes: 1,
        train: 6,
        classification: { classes: 2, perClass: 4, size: 32 },
        otherDetection: { classes: 1, images: 6 },
      },
    },
    detector: { ...detector, size: 32 },
    schedule: { ...schedule, steps: 2 },
    axes: {
      init: ['random'],
      augmentation: ['s1'],
      strategy: ['supervised'],
      fraction: [1],
      seed: [0],
      ...axes,
    },
  };
  writeFileSync(file, stringify(benchmark));
  return new PlanningService().plan({
    file,
    only: [],
    workspace: folder,
    backend: 'tensorflow',
    pluginRoots: [join(packageFolder, 'plugins')],
    logger,
  });
}

const done = new Set<string>();

/** Runs a trial's stages in this process, and the probes of its initial weights. @returns what its evaluation found */
async function run(planned: PlannedBenchmark, trial: PlannedBenchmark['plan']['trials'][number]) {
  const outputOf = (key: string) => join(folder, 'outputs', key);
  const own = new Set(trial.stageKeys);
  let evaluation = {};
  for (const stage of planned.plan.stages) {
    const inputs = Object.entries(stage.inputs);
    const isOwn = own.has(stage.key) || (stage.kind === 'probe' && inputs.every(([, key]) => own.has(key)));
    if (!isOwn || done.has(stage.key)) continue;
    const job: StageJob = {
      stage,
      inputFolders: Object.fromEntries(inputs.map(([input, key]) => [input, outputOf(key)])),
      datasets: planned.datasets,
      pluginEntries: planned.pluginEntries,
      backend: 'tensorflow',
      threads: 1,
      outputFolder: outputOf(stage.key),
      resumeFolder: join(folder, 'resume', stage.key),
      custom: planned.replan(trial.id),
      hiddenTruth: planned.prepared.unlabelled?.truth,
    };
    mkdirSync(job.outputFolder, { recursive: true });
    mkdirSync(job.resumeFolder, { recursive: true });
    const { summary } = await loadRunner(stage)(job, createServices());
    if (stage.kind === 'evaluate') evaluation = summary;
    done.add(stage.key);
  }
  return { evaluation, outputOf };
}

describe('labelled data of one category', async () => {
  const low = { scoreThreshold: 1e-4 };
  const plans = [
    await plan('inits', {
      init: [
        'random',
        { use: 'imagenet', options: quick },
        { use: 'imagenet++', options: { ...quick, ...low } },
        { use: 'simclr', options: quick },
        { use: 'moco', options: { steps: 2, batch: 2, queue: 4 } },
        { use: 'detection', options: quick },
      ],
    }),
    await plan('strategies', {
      augmentation: ['copy-paste'],
      strategy: [
        'joint-training',
        { use: 'self-training', options: low },
        { name: 'by-rule', use: 'self-training', options: { scoreThreshold: { heldOut: 0.5 } } },
        { use: 'self-training+joint', options: low },
        { use: 'soft-self-training', options: low },
        { use: 'mean-teacher', options: low },
        'oracle',
      ],
    }),
  ];
  const trials = plans.flatMap((planned) =>
    planned.plan.trials.map((trial) => ({ planned, trial, id: trial.id })),
  );

  it.each(trials)('are trained on and scored: $id', async ({ planned, trial }) => {
    expect(trial.skipped).toBeUndefined();
    const { evaluation, outputOf } = await run(planned, trial);
    expect(evaluation).toHaveProperty('AP');
    const { from } = planned.plan.stages.find(({ key }) => key === trial.detectKey)!.inputs;
    const { heads } = await readWeights(join(outputOf(from!), artifactFiles.weights));
    expect(heads.find(({ name }) => name === 'labelled')).toMatchObject({ categories: 1 });
  });
});
