import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPseudoClasses, type PseudoClassesFile } from '../../learning/dataset';
import { run as runPseudoClass } from './run-pseudo-class';
import { run as runTrain } from './run-train';
import {
  classification,
  detector,
  schedule,
  select,
  output,
  prepared,
  train,
  createJob,
  createServices,
  prepareData,
} from './stage-jobs.test-helper';

prepareData();

describe('a classifier at work', () => {
  let classifierFolder: string;
  beforeAll(async () => {
    const job = createJob(
      train({
        data: [{ ...classification, share: 1 }],
        schedule: schedule({ steps: 60, learningRate: 0.005 }),
      }),
    );
    await runTrain(job, createServices());
    classifierFolder = job.outputFolder;
  });

  async function classify(role: 'classification' | 'unlabelled', scoreThreshold: number) {
    const parameters = { detector, images: select(role), head: 'images', scoreThreshold, from: 'from' };
    const job = createJob({ kind: 'pseudo-class', parameters }, { from: classifierFolder });
    return { job, outcome: await runPseudoClass(job, createServices()) };
  }

  it('names images, and says how many rightly where that is known', async () => {
    const { job, outcome } = await classify('classification', 1e-6);
    const { classes, categories } = readPseudoClasses(output(job, 'pseudoClasses'));
    expect(categories).toEqual(prepared.classification!.categories);
    expect(classes!.size).toBe(12);
    // Images that it was trained on, far more often than one time in four.
    expect(outcome.summary.top1).toBeGreaterThan(0.5);
    expect(outcome.ledger.flops).toBeGreaterThan(0);
    expect((await classify('unlabelled', 1e-6)).outcome.summary).not.toHaveProperty('top1');
  });

  it('keeps the sure ones, from which another classifier learns', async () => {
    const all = await classify('unlabelled', 1e-6);
    const file = JSON.parse(readFileSync(output(all.job, 'pseudoClasses'), 'utf8')) as PseudoClassesFile;
    const scores = file.images.map(({ score }) => score).sort((a, b) => b - a);
    const sure = await classify('unlabelled', (scores[2]! + scores[3]!) / 2);
    expect(sure.outcome.summary).toMatchObject({ images: 6, kept: 3 });
    const pseudo = { ...classification, selection: select('unlabelled'), pseudoLabels: 'pseudo', share: 1 };
    const student = createJob(train({ data: [{ ...classification, share: 1 }, pseudo] }), {
      pseudo: sure.job.outputFolder,
    });
    const outcome = await runTrain(student, createServices());
    expect(outcome.imageIds.unlabelled).toHaveLength(3);
    await expect(
      runTrain(
        createJob(train({ data: [pseudo] }), { pseudo: (await classify('unlabelled', 1)).job.outputFolder }),
        createServices(),
      ),
    ).rejects.toMatchObject({ code: 'DATASET_EMPTY' });
  });
});
