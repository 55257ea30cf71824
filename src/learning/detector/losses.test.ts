import { beforeAll, describe, expect, it } from 'vitest';
import { detectorSpec } from '../../core/plan/detector-spec';
import { oneHot, softmaxCrossEntropy, tf, useBackend, type BackendName } from '../tensor';
import { detectionLosses } from './losses';

describe.each<BackendName>(['cpu', 'tensorflow'])('losses of one category on the backend %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend, { threads: 1 });
  });

  it('have one-hot rows of length 1', async () => {
    const rows = oneHot(tf.tensor2d([0, -1, -2, 0], [2, 2], 'int32'), 1);
    expect(rows.shape).toEqual([2, 2, 1]);
    expect(rows.dtype).toBe('float32');
    expect([...(await rows.data())]).toEqual([1, 0, 0, 1]);
    const more = oneHot(tf.tensor1d([1, -1], 'int32'), 2);
    expect([...(await more.data())]).toEqual([0, 1, 0, 0]);
  });

  it.each([
    ['positives+1', undefined],
    ['positives', undefined],
    ['positives+1', [0.25, 1, 1]],
  ] as const)(
    'divided by %s, with scores %j, are those of a second category that is never seen',
    (normaliser, given) => {
      const { loss } = detectorSpec.parse({ backbone: { type: 'plain' }, loss: { normaliser } });
      const lossesOf = (categories: number) => {
        // exp(−50): the second category adds nothing.
        const logits = [0.3, -1, 2].flatMap((logit) => (categories === 1 ? [logit] : [logit, -50]));
        const losses = detectionLosses(
          {
            logits: tf.tensor3d(logits, [1, 3, categories]),
            boxCodes: tf.tensor3d([1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0], [1, 3, 4]),
            classTargets: tf.tensor2d([0, -1, -2], [1, 3], 'int32'),
            boxTargets: tf.tensor3d([0.5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 3, 4]),
            scores: given && tf.tensor2d([...given], [1, 3]),
          },
          loss,
        );
        return [losses.total, losses.classLoss, losses.boxLoss].map((each) => each.dataSync()[0]!);
      };
      const [total, classLoss, boxLoss] = lossesOf(1);
      expect(classLoss).toBeGreaterThan(0);
      expect(boxLoss).toBeGreaterThan(0);
      lossesOf(2).forEach((expected, i) => expect([total, classLoss, boxLoss][i]).toBeCloseTo(expected, 6));
    },
  );

  it('of a classifier are 0: nothing is left to choose', async () => {
    const hot = oneHot<tf.Tensor2D>(tf.tensor1d([0, 0], 'int32'), 1);
    const losses = softmaxCrossEntropy(tf.tensor2d([3, -2], [2, 1]), hot);
    expect([...(await losses.data())].map(Math.abs)).toEqual([0, 0]);
  });
});
