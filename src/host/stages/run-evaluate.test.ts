import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PlannedStage } from '../../core/plan/stage';
import { keyOf, temporaryFolder, testOptions } from '../execution/plan.test-helper';
import { runPlan } from '../execution/run-plan';
import { ArtifactStore } from '../../core/artifact/artifact-store';
import { writeManifest, checksumFiles } from '../../core/artifact/write-manifest';
import { readOutcomeFile } from '../../core/plan/outcome-file';
import { readMetrics } from '../../evaluation/metrics-file';

let folder: string;
let remove: () => void;
beforeEach(() => ({ path: folder, remove } = temporaryFolder()));
afterEach(() => remove());

const truth = {
  images: [
    { id: 1, width: 100, height: 100, file_name: '1.png' },
    { id: 2, width: 100, height: 100, file_name: '2.png' },
  ],
  categories: [{ id: 3, name: 'cat' }],
  annotations: [
    { id: 1, image_id: 1, category_id: 3, bbox: [10, 10, 50, 50], area: 2500, iscrowd: 0 },
    { id: 2, image_id: 2, category_id: 3, bbox: [20, 20, 50, 50], area: 2500, iscrowd: 0 },
  ],
};
const found = (image: number, x: number, score: number): object => ({
  image_id: image,
  category_id: 3,
  bbox: [x, x, 50, 50],
  score,
});

/** A store with finished detections, and a plan that scores them. */
async function evaluate(
  detections: readonly object[],
  annotations: string,
): Promise<ReturnType<typeof runPlan>> {
  const store = new ArtifactStore(folder);
  const detectKey = keyOf('detect');
  const draft = store.createDraft(detectKey);
  writeFileSync(join(draft, 'detections.json'), JSON.stringify(detections));
  writeManifest(draft, detectKey, await checksumFiles(draft, ['detections.json']));
  store.publish(detectKey, draft);
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'val.json'), annotations);
  const selection = { role: 'validation', datasetDigest: 'd', fraction: 1, splitSeed: 0 } as const;
  const stages = [
    { kind: 'custom', key: detectKey, label: 'detect', seed: 0, inputs: {}, parameters: {} },
    {
      kind: 'evaluate',
      key: keyOf('evaluate'),
      label: 'evaluate',
      seed: 0,
      inputs: { detections: detectKey },
      parameters: { truth: selection, detections: 'detections' },
    },
  ] as unknown as PlannedStage[];
  const benchmark = { name: '', title: '', description: '', file: '', resolved: {} };
  const location = {
    digest: 'd',
    type: 'coco',
    annotations: join(folder, 'data', 'val.json'),
    images: folder,
  } as const;
  return runPlan(
    { benchmark, trials: [], stages },
    { ...testOptions(folder), datasets: { validation: location }, runnersModule: undefined },
  );
}

it('scores detections: metrics as the evaluator reports them, the numbers in the summary, empty slices absent', async () => {
  const summary = await evaluate([found(1, 10, 0.9), found(2, 60, 0.8)], JSON.stringify(truth));
  expect(summary.failed).toEqual([]);
  const artifact = new ArtifactStore(folder).folder(keyOf('evaluate'));
  const report = readMetrics(artifact);
  // One of two objects found exactly: precision 1 up to recall 0.5, that is 51 of 101 recall levels.
  expect(report.stats.AP).toBeCloseTo(51 / 101, 12);
  expect(report.stats.APs).toBeNull();
  // The other is off its object: an error on the background, and an object missed.
  expect(report).toMatchObject({
    errors: { counts: { background: 1, missed: 1, localisation: 0 } },
    confusion: { scoreThreshold: 0.3, cells: { length: 3 } },
    calibration: { all: { detections: 2 } },
  });
  expect(report.perCategory['3']?.AP50).toBeCloseTo(51 / 101, 12);
  expect(report.counts).toEqual({ images: 2, annotations: 2, detections: 2, categories: 1 });
  const { outcome, ledger } = readOutcomeFile(artifact);
  expect(outcome.summary['AP']).toBe(report.stats.AP);
  expect(outcome.summary).not.toHaveProperty('APs');
  expect(outcome.imageIds).toEqual({ validation: [1, 2] });
  expect(ledger.flops).toBe(0);
});

it('fails with file and place when the truth is torn', async () => {
  const summary = await evaluate([], JSON.stringify(truth).slice(0, 100));
  expect(summary.failed[0]?.failure.message).toContain(join(folder, 'data', 'val.json'));
});
