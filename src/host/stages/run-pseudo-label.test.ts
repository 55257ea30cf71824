import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPseudoLabels } from '../../learning/dataset';
import { readAnnotations, readDetections } from '../../evaluation';
import { run as runDetect } from './run-detect';
import { run as runPseudoLabel } from './run-pseudo-label';
import { run as runTrain } from './run-train';
import {
  detector,
  schedule,
  select,
  labelled,
  output,
  prepared,
  train,
  createJob,
  createServices,
  prepareData,
} from './stage-jobs.test-helper';

prepareData();

describe('a detector at work', () => {
  let detectorFolder: string;
  beforeAll(async () => {
    const job = createJob(train({ schedule: schedule({ steps: 30 }) }));
    await runTrain(job, createServices());
    detectorFolder = job.outputFolder;
  });

  it("detects in the data set's own ids", async () => {
    const images = select('validation');
    const low = { ...detector, inference: { ...detector.inference, scoreThreshold: 0.005 } };
    const job = createJob(
      { kind: 'detect', parameters: { detector: low, images, head: 'main', from: 'detector' } },
      { detector: detectorFolder },
    );
    const outcome = await runDetect(job, createServices());
    const truth = readAnnotations(prepared.validation.location.annotations!);
    expect(readDetections(output(job, 'detections'), truth).count).toBe(outcome.summary.detections);
    expect(outcome.summary.detections).toBeGreaterThan(0);
    expect(outcome.imageIds.validation).toEqual(truth.images.map(({ id }) => id));
  });

  it('labels images', async () => {
    const parameters = {
      detector: { ...detector, inference: { ...detector.inference, scoreThreshold: 0.001 } },
      images: select('unlabelled'),
      head: 'main',
      scoreThreshold: 0.05,
      ignoreThreshold: 0.001,
      from: 'detector',
    };
    const job = createJob({ kind: 'pseudo-label', parameters }, { detector: detectorFolder });
    const { hiddenTruth } = { hiddenTruth: prepared.unlabelled!.truth };
    const outcome = await runPseudoLabel({ ...job, hiddenTruth }, createServices());
    const { objects, categories } = readPseudoLabels(output(job, 'pseudoLabels'));
    expect(categories).toEqual(prepared.labelled.categories);
    const all = [...objects.values()].flat();
    expect(all.every(({ score, ignore }) => score! < 0.05 === (ignore === true))).toBe(true);
    expect(all.length).toBe(Number(outcome.summary.labels) + Number(outcome.summary.ignoredRegions));
    expect(all.length).toBeGreaterThan(0);
    const quality = JSON.parse(readFileSync(output(job, 'pseudoLabelQuality'), 'utf8')) as object;
    expect(quality).toMatchObject({ scoreThreshold: 0.05 });

    const student = createJob(
      train({
        data: [labelled, { ...labelled, selection: select('unlabelled'), pseudoLabels: 'pseudo' }],
        from: 'teacher',
      }),
      { pseudo: job.outputFolder, teacher: detectorFolder },
    );
    expect((await runTrain(student, createServices())).ledger.imagesSeen).toBe(48);
  });

  it('chooses the threshold for labels by held-out images', async () => {
    const parameters = {
      detector: { ...detector, inference: { ...detector.inference, scoreThreshold: 0.001 } },
      images: select('unlabelled'),
      head: 'main',
      scoreThreshold: { images: { ...select('labelled'), after: 0.5 } },
      from: 'detector',
    };
    const job = createJob({ kind: 'pseudo-label', parameters }, { detector: detectorFolder });
    const warnings: string[] = [];
    const services = createServices();
    const logger = { ...services.logger, warn: (message: string) => void warnings.push(message) };
    const outcome = await runPseudoLabel(job, { ...services, logger });
    const half = prepared.labelled.size / 2;
    expect(outcome.imageIds.labelled).toHaveLength(half);
    expect(outcome.ledger.imagesSeen).toBe(half + prepared.unlabelled!.size);
    const threshold = Number(outcome.summary.scoreThreshold);
    // Sixteen steps teach little: either something is right there, or the stage says that nothing is.
    expect(warnings.length === 1 ? threshold === 0.5 : threshold >= 0.05).toBe(true);
    const { objects } = readPseudoLabels(output(job, 'pseudoLabels'));
    expect([...objects.values()].flat().every(({ score }) => score! >= threshold)).toBe(true);
  });

  it('refuses weights of another network by name', async () => {
    const other = { ...detector, fpnChannels: 16 };
    const job = createJob(
      {
        kind: 'detect',
        parameters: { detector: other, images: select('validation'), head: 'main', from: 'd' },
      },
      { d: detectorFolder },
    );
    await expect(runDetect(job, createServices())).rejects.toThrow(/of another shape: fpn\.lateral/);
  });
});
