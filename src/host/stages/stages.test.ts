import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlannedStage, ProbeParameters, StageWork, TrainParameters } from '../../core/plan/stage';
import { readPseudoClasses, readPseudoLabels, type PseudoClassesFile } from '../../learning/dataset';
import { openDataset } from '../../learning/dataset/open';
import { prepareDatasets, type PreparedDatasets } from '../../learning/dataset/prepare';
import { scenesSpec } from '../../core/plan/scenes/spec';
import { detectorSpec } from '../../core/plan/detector-spec';
import { readAnnotations, readDetections } from '../../evaluation';
import { FileAccessAudit } from '../../core/process/file-access-audit';
import { artifactFiles, checkpointFile, type StageJob, type StageServices } from '../../core/plan/stage-job';
import { tf } from '../../learning/tensor';
import type { CurveEntry } from '../../learning/training/curve';
import { readRunCheckpoint } from '../../learning/training/run-checkpoints';
import { run as runDetect } from './run-detect';
import { run as runPseudoClass } from './run-pseudo-class';
import { run as runProbe } from './run-probe';
import { run as runPseudoLabel } from './run-pseudo-label';
import { run as runTrain } from './run-train';
import { scheduleSpec } from '../../core/plan/schedule';
import { readWeights } from '../../learning/training/weights-file';
import { sourceFolder } from '../../core/files/package-folder';

let folder: string;
let prepared: PreparedDatasets;

const detector = detectorSpec.parse({
  backbone: { type: 'plain', channels: [4, 8, 8, 8, 8] },
  size: 64,
  maxLevel: 5,
  fpnChannels: 8,
  headConvolutions: 1,
  anchors: { size: 2, aspectRatios: [1] },
});
const schedule = (changes: object) =>
  scheduleSpec.parse({
    steps: 6,
    batch: 4,
    optimizer: { type: 'adam' },
    learningRate: 0.01,
    warmupSteps: 2,
    weightDecay: 1e-4,
    logEvery: 2,
    ...changes,
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stages-'));
  const scenes = scenesSpec.parse({
    size: 64,
    classes: 3,
    train: 8,
    val: 4,
    unlabelled: 6,
    classification: { classes: 4, perClass: 3, size: 32 },
  });
  prepared = await prepareDatasets({ scenes }, folder, { baseFolder: folder });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const select = (role: 'labelled' | 'unlabelled' | 'classification' | 'validation') =>
  ({ role, datasetDigest: '', fraction: 1, splitSeed: 0 }) as const;
const detection = { name: 'main', type: 'detection', categories: 3 } as const;
const labelled = { selection: select('labelled'), head: detection, share: 1, weight: 1 };
const classification = {
  selection: select('classification'),
  head: { name: 'images', type: 'classification', categories: 4 },
  share: 0.5,
  weight: 1,
} as const;

function train(changes: Partial<TrainParameters> = {}): StageWork {
  return { kind: 'train', parameters: { detector, schedule: schedule({}), data: [labelled], ...changes } };
}

let count = 0;
function createJob(
  work: StageWork,
  inputFolders: Record<string, string> = {},
  more: Pick<PlannedStage, 'checkpointSteps'> = {},
): StageJob {
  const path = join(folder, `job-${count++}`);
  const stage: PlannedStage = { ...work, key: `key-${count}`, label: 'test', seed: 5, inputs: {}, ...more };
  const job: StageJob = {
    stage,
    inputFolders,
    datasets: Object.fromEntries(Object.entries(prepared).map(([role, data]) => [role, data.location])),
    pluginEntries: {},
    backend: 'tensorflow',
    threads: 1,
    outputFolder: join(path, 'output'),
    resumeFolder: join(path, 'resume'),
  };
  mkdirSync(job.outputFolder, { recursive: true });
  mkdirSync(job.resumeFolder, { recursive: true });
  return job;
}

function createServices(onStep: (done: number) => void = () => undefined): StageServices & {
  stop: AbortController;
} {
  const stop = new AbortController();
  const ignore = () => undefined;
  return {
    logger: { debug: ignore, info: ignore, warn: ignore },
    signal: stop.signal,
    progress: ({ done }) => onStep(done),
    stop,
  };
}

const output = (job: StageJob, file: keyof typeof artifactFiles) =>
  join(job.outputFolder, artifactFiles[file]);
const curveOf = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as CurveEntry[];

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

    // An interrupted run that was not asked for them begins anew when it is.
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

  it('takes over what fits, and draws heads of other data anew', async () => {
    const first = createJob(train({ data: [{ ...classification, share: 1 }] }));
    await runTrain(first, createServices());
    const still = schedule({ learningRate: 1e-12, warmupSteps: 0, steps: 1, weightDecay: 0 });
    const second = createJob(train({ from: 'init', schedule: still }), { init: first.outputFolder });
    await runTrain(second, createServices());
    const before = (await readWeights(output(first, 'weights'))).tensors;
    const after = (await readWeights(output(second, 'weights'))).tensors;
    expect(after['backbone.conv1.weight']!.values).toEqual(before['backbone.conv1.weight']!.values);
    expect(after['head.main.class.predict.bias']!.values[0]).toBeCloseTo(-Math.log(99), 5);
    // The classifier is not trained here, but still there for a stage that wants it.
    expect(after['head.images.classifier.weight']).toEqual(before['head.images.classifier.weight']);
  });
});

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

describe('a probe of pre-trained weights', () => {
  const images = { ...select('classification'), fraction: 0.75, stratified: true } as const;
  const measure = async (
    changes: Pick<ProbeParameters, 'measure'> & Partial<ProbeParameters>,
    weights: string,
  ) => {
    const parameters = { detector, images, most: 1000, from: 'from', ...changes };
    return runProbe(createJob({ kind: 'probe', parameters }, { from: weights }), createServices());
  };

  it('classifies held-out images alone: by its own head, or by a linear one on its features', async () => {
    const use = { ...classification, selection: images, share: 2 };
    const job = createJob(train({ data: [use], schedule: schedule({ steps: 20 }) }));
    const trained = await runTrain(job, createServices());
    const own = await measure({ measure: 'top-1', head: 'images' }, job.outputFolder);
    const { value, low, high } = own.summary as Record<string, number>;
    expect(own.summary).toMatchObject({ measure: 'top-1', images: 3 });
    expect(Math.round(3 * value!)).toBeCloseTo(3 * value!, 9);
    expect(low!).toBeLessThanOrEqual(value!);
    expect(high!).toBeGreaterThanOrEqual(value!);
    const held = own.imageIds.classification!;
    expect(held).toHaveLength(3);
    expect(trained.imageIds.classification!.filter((id) => held.includes(id))).toEqual([]);

    const probed = await measure({ measure: 'linear-probe' }, job.outputFolder);
    expect(probed.summary).toMatchObject({ measure: 'linear-probe', images: 3 });
    expect([...probed.imageIds.classification!].sort((a, b) => a - b)).toHaveLength(12);
    expect(probed.ledger.flops).toBeGreaterThan(own.ledger.flops);
    expect(await measure({ measure: 'linear-probe' }, job.outputFolder)).toMatchObject({
      summary: probed.summary,
    });
    expect(
      (await measure({ measure: 'top-1', head: 'images', most: 2 }, job.outputFolder)).summary,
    ).toMatchObject({
      images: 2,
    });
  });

  it('scores the detector that it was trained as, on held-out images alone', async () => {
    const part = { ...select('labelled'), fraction: 0.5 } as const;
    const job = createJob(
      train({ data: [{ ...labelled, selection: part }], schedule: schedule({ steps: 30 }) }),
    );
    const trained = await runTrain(job, createServices());
    const { summary, imageIds } = await measure(
      {
        measure: 'AP',
        head: 'main',
        images: part,
        detector: { ...detector, inference: { ...detector.inference, scoreThreshold: 0.01 } },
      },
      job.outputFolder,
    );
    expect(summary).toMatchObject({ measure: 'AP', images: 4 });
    expect(summary.value).toBeGreaterThanOrEqual(0);
    expect(imageIds.labelled).toHaveLength(4);
    expect(imageIds.labelled!.filter((id) => trained.imageIds.labelled!.includes(id))).toEqual([]);
  });
});
