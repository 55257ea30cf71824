import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../learning/dataset/open';
import { FileAccessAudit } from '../../core/process/file-access-audit';
import { artifactFiles, checkpointFile, type StageJob } from '../../core/plan/stage-job';
import { tf } from '../../learning/tensor';
import { readRunCheckpoint } from '../../learning/training/run-checkpoints';
import { run as runTrain } from './run-train';
import { readWeights } from '../../learning/training/weights-file';
import { sourceFolder } from '../../core/files/package-folder';
import {
  schedule,
  labelled,
  classification,
  output,
  curveOf,
  folder,
  prepared,
  train,
  createJob,
  createServices,
  prepareData,
} from './stage-jobs.test-helper';

prepareData();

describe('a training stage', () => {
  it('leaves weights, a curve and a ledger', async () => {
    const job = createJob(train());
    const tensors = new Set<number>();
    const outcome = await runTrain(
      job,
      createServices(() => tensors.add(tf.memory().numTensors)),
    );
    expect(tensors.size).toBe(1);
    const curve = curveOf(output(job, 'curve'));
    expect(curve.map(({ step }) => step)).toEqual([2, 4, 6]);
    expect(curve.every((entry) => entry.loss > 0 && entry.gradientNorm! > 0)).toBe(true);
    expect(outcome.ledger).toMatchObject({ imagesSeen: 24, unknownKernels: {} });
    expect(outcome.ledger.flops).toBeGreaterThan(1e6);
    expect(outcome.imageIds.labelled).toHaveLength(8);
    const { heads } = await readWeights(output(job, 'weights'));
    expect(heads[0]!.labels).toEqual(prepared.labelled.categories);
  });

  it('gives the same bits however many threads prepare the images', async () => {
    const jobs = [0, 2].map((inputThreads) => ({ ...createJob(train()), inputThreads }));
    for (const job of jobs) await runTrain(job, createServices());
    const [own, threaded] = jobs.map((job) => readFileSync(output(job, 'weights')));
    expect(threaded).toEqual(own);
  });

  it.each([0, 1])(
    'sees an augmentation open validation images, with %i threads of its own',
    async (inputThreads) => {
      const { images } = prepared.validation.location;
      const files = readdirSync(images).sort().slice(0, 2);
      const entry = join(folder, `cheat-${inputThreads}.ts`);
      const contract = JSON.stringify(join(sourceFolder, 'contract'));
      const manifest = `{ kind: 'augmentation', name: 'cheat', version: '1.0.0', contract: 1, description: 'x', options: z.strictObject({}) }`;
      writeFileSync(
        entry,
        `import { readFileSync } from 'node:fs';
       import { z } from ${JSON.stringify(require.resolve('zod'))};
       import { fit } from ${contract};
       export default class Cheat { static plugin = ${manifest}; apply(sample: any, context: any) {
         for (const file of ${JSON.stringify(files)}) readFileSync(${JSON.stringify(images)} + '/' + file);
         return fit(sample, context.size); } }`,
      );
      const augmentation = { kind: 'augmentation', name: 'cheat', options: {}, codeDigest: '' } as const;
      const job = createJob(train({ augmentation }));
      // Before the watch: who opens the annotation file has seen them all.
      const listed = (await openDataset(prepared.validation.location)).images;
      const fileAccess = new FileAccessAudit(prepared.validation.location);
      await runTrain(
        { ...job, inputThreads, pluginEntries: { 'augmentation/cheat': entry } },
        { ...createServices(), fileAccess },
      );
      const expected = listed.filter(({ file }) => files.includes(file)).map(({ id }) => id);
      expect(expected).toHaveLength(2);
      expect(await fileAccess.end(() => Promise.resolve(listed))).toEqual(expected);
    },
  );

  it('gives the same bits again, whether interrupted or not', async () => {
    const work = train({ data: [labelled, classification], normaliseLosses: { alpha: 1, decay: 0.9 } });
    const whole = createJob(work);
    await runTrain(whole, createServices());
    const checkpointSteps = [1, 3, 5];
    const parted = createJob(work, {}, { checkpointSteps });
    for (const stopAfter of [2, 3]) {
      const services = createServices((done) => {
        if (done === stopAfter) services.stop.abort();
      });
      await expect(runTrain(parted, services)).rejects.toMatchObject({ code: 'CANCELLED' });
    }
    const seen: number[] = [];
    const outcome = await runTrain(
      parted,
      createServices((done) => seen.push(done)),
    );
    expect(seen).toEqual([4, 5, 6]);
    expect(outcome.resumedSeconds).toBeGreaterThan(0);
    expect(readFileSync(output(parted, 'weights'))).toEqual(readFileSync(output(whole, 'weights')));
    const figures = (job: StageJob) =>
      curveOf(output(job, 'curve')).map(({ imagesPerSecond: _, ...entry }) => entry);
    expect(figures(parted)).toEqual(figures(whole));

    // The weights of earlier steps: the same files, whether the run was interrupted or not, and they change nothing else.
    const keeping = createJob(work, {}, { checkpointSteps });
    await runTrain(keeping, createServices());
    const points = (job: StageJob) =>
      checkpointSteps.map((step) => readFileSync(join(job.outputFolder, checkpointFile(step))));
    expect(points(parted)).toEqual(points(keeping));
    expect(readFileSync(output(keeping, 'weights'))).toEqual(readFileSync(output(whole, 'weights')));
    expect(existsSync(output(whole, 'checkpoints'))).toBe(false);
    const kept = readRunCheckpoint(keeping.outputFolder, 3);
    expect(kept.deviceSeconds).toBeLessThan(readRunCheckpoint(keeping.outputFolder, 5).deviceSeconds);
    expect(() => readRunCheckpoint(keeping.outputFolder, 2)).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_MISSING' }),
    );

    // An interrupted run that was not asked for them restarts when it is.
    const asked = createJob(work);
    const stopped = createServices((done) => {
      if (done === 2) stopped.stop.abort();
    });
    await expect(runTrain(asked, stopped)).rejects.toMatchObject({ code: 'CANCELLED' });
    await runTrain({ ...asked, stage: { ...asked.stage, checkpointSteps } }, createServices());
    expect(points(asked)).toEqual(points(keeping));
  });

  it('ends as diverged, with the curve kept where it survives', async () => {
    const job = createJob(train({ schedule: schedule({ learningRate: 1e20, warmupSteps: 0, steps: 20 }) }));
    await expect(runTrain(job, createServices())).rejects.toMatchObject({
      code: 'DIVERGED',
      message: expect.stringMatching(/at step \d+/) as string,
    });
    expect(curveOf(join(job.resumeFolder, artifactFiles.curve)).length).toBeGreaterThan(0);
  });

  it('takes over what fits, and initialises heads of other data', async () => {
    const first = createJob(train({ data: [{ ...classification, share: 1 }] }));
    await runTrain(first, createServices());
    const still = schedule({ learningRate: 1e-12, warmupSteps: 0, steps: 1, weightDecay: 0 });
    const second = createJob(train({ from: 'init', schedule: still }), { init: first.outputFolder });
    await runTrain(second, createServices());
    const before = (await readWeights(output(first, 'weights'))).tensors;
    const after = (await readWeights(output(second, 'weights'))).tensors;
    expect(after['backbone.conv1.weight']!.values).toEqual(before['backbone.conv1.weight']!.values);
    expect(after['head.main.class.predict.bias']!.values[0]).toBeCloseTo(-Math.log(99), 5);
    // The classifier is not trained here, but still present for a later stage.
    expect(after['head.images.classifier.weight']).toEqual(before['head.images.classifier.weight']);
  });
});
