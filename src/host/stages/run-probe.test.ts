import { describe, expect, it } from 'vitest';
import type { ProbeParameters } from '../../core/plan/stage';
import { run as runProbe } from './run-probe';
import { run as runTrain } from './run-train';
import {
  classification,
  labelled,
  select,
  detector,
  schedule,
  train,
  createJob,
  createServices,
  prepareData,
} from './stage-jobs.test-helper';

prepareData();

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
