import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accumulate } from './accumulate';
import { detectionsFrom } from './detections';
import { match } from './match';
import { RecallSums } from './resample-recall';
import { summarise, summariseCategory } from './summarise';
import { evaluationCase } from './arbitraries.test-helper';
import { truthFrom } from '../core/coco/ground-truth';

const draws = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 4 });

test('the recalls of a resample are what accumulating with its weights gives', () => {
  fc.assert(
    fc.property(evaluationCase, draws, (made, drawn) => {
      const truth = truthFrom(made.truth);
      const records = match(truth, detectionsFrom(made.detections, truth), 'threshold');
      const sums = new RecallSums(records);
      for (const weights of drawn) {
        const accumulated = accumulate(records, { weights });
        const stats = summarise(accumulated);
        const recalls = sums.recall(weights);
        const names = sums.definitions.map(({ name }) => name);
        for (const name of ['AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl'] as const) {
          expectSame(recalls[names.indexOf(name)]!, stats[name]);
        }
        records.categoryIds.forEach((_, k) => {
          expectSame(sums.byCategory[k]!, summariseCategory(accumulated, k).AR100);
        });
      }
    }),
    { numRuns: 200 },
  );
});

function expectSame(actual: number, expected: number | null): void {
  if (expected === null) expect(actual).toBeNaN();
  else expect(actual).toBeCloseTo(expected, 12);
}
