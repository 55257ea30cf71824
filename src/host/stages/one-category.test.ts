import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StageJob } from '../../core/plan/stage-job';
import { readAnnotations, readDetections } from '../../evaluation';
import { readPseudoLabels } from '../../learning/dataset';
import { run as runDetect } from './run-detect';
import { run as runPseudoLabel } from './run-pseudo-label';
import { run as runTrain } from './run-train';
import {
  createJob,
  createServices,
  curveOf,
  detector,
  labelled,
  output,
  prepareData,
  prepared,
  schedule,
  select,
  train,
} from './stage-jobs.test-helper';

prepareData({ classes: 1 });

describe.each(['tensorflow', 'cpu'] as const)('a data set of one category on the backend %s', (backend) => {
  const low = {
    ...detector,
    size: 32,
    inference: { ...detector.inference, scoreThreshold: 1e-3 },
  };
  const data = { ...labelled, head: { ...labelled.head, categories: 1 } };
  const job = (...parameters: Parameters<typeof createJob>): StageJob => ({
    ...createJob(...parameters),
    backend,
  });
  const short = { steps: 2, batch: 2, warmupSteps: 0 };

  it('trains a detector, labels images, trains on the labels, and detects', async () => {
    const teacher = job(train({ detector: low, data: [data], schedule: schedule(short) }));
    await runTrain(teacher, createServices());
    const inputs = { teacher: teacher.outputFolder };
    const common = { detector: low, head: data.head.name, from: 'teacher' };

    const labels = { ...common, images: select('unlabelled'), scoreThreshold: 1e-3 };
    const pseudo = job({ kind: 'pseudo-label', parameters: labels }, inputs);
    await runPseudoLabel(pseudo, createServices());
    const { objects, categories } = readPseudoLabels(output(pseudo, 'pseudoLabels'));
    expect(categories).toHaveLength(1);
    expect([...objects.values()].flat().length).toBeGreaterThan(0);

    const own = { ...data, selection: select('unlabelled'), pseudoLabels: 'pseudo', soft: true };
    const student = job(
      train({ detector: low, data: [data, own], schedule: schedule({ ...short, microBatch: 1 }) }),
      { pseudo: pseudo.outputFolder },
    );
    await runTrain(student, createServices());
    for (const { loss } of curveOf(output(student, 'curve'))) expect(loss).toBeGreaterThan(0);

    const found = job({ kind: 'detect', parameters: { ...common, images: select('validation') } }, inputs);
    await runDetect(found, createServices());
    const truth = readAnnotations(prepared.validation.location.annotations!);
    expect(readDetections(output(found, 'detections'), truth).count).toBeGreaterThan(0);
    expect(readFileSync(output(found, 'detections'), 'utf8')).toMatch(/"category_id":1,/);
  });
});
