import { expect, it } from 'vitest';
import { openDataset, readPseudoLabels } from '../../learning/dataset';
import { run } from './run-oracle-label';
import { createJob, createServices, output, prepareData, prepared, select } from './stage-jobs.test-helper';

prepareData();

it('writes the hidden labels of the pool in the labelled data’s categories, at no cost', async () => {
  const job = createJob({ kind: 'oracle-label', parameters: { images: select('unlabelled') } });
  const outcome = await run({ ...job, hiddenTruth: prepared.unlabelled!.truth }, createServices());
  const { objects, categories } = readPseudoLabels(output(job, 'pseudoLabels'));
  const truth = await openDataset(prepared.unlabelled!.truth!);
  expect(categories).toEqual(prepared.labelled.categories);
  expect([...objects]).toEqual(
    truth.images.map(({ id, objects: own }) => [id, own.map((object) => ({ ...object, score: 1 }))]),
  );
  expect(outcome.summary.labels).toBe(truth.images.flatMap(({ objects: own }) => own).length);
  expect(outcome.ledger.flops).toBe(0);
});
