import { beforeAll, describe, expect, it } from 'vitest';
import { tf, useBackend, type BackendName } from '../tensor';
import { detectionLosses } from './losses';
import { detectorSpec } from '../../core/plan/detector-spec';
import { expectClose, fixtureFolder, readFixture } from './fixtures.test-helper';

interface Losses {
  settings: { focalLossAlpha: number; focalLossGamma: number; huberLossDelta: number; boxLossWeight: number };
  cases: {
    name: string;
    targetCases: number[];
    classTargets: string;
    outputsFrom: string;
    images: number;
    numPositives: number[];
    classLoss: number;
    boxLoss: number;
    totalLoss: number;
  }[];
}

const folder = fixtureFolder('retinanet');

describe.skipIf(folder === undefined).each<BackendName>(['cpu', 'tensorflow'])(
  'losses of the reference code on the backend %s',
  (backend) => {
    const losses = folder === undefined ? undefined : readFixture<Losses>(folder, 'losses');
    const targets = folder === undefined ? undefined : readFixture<unknown>(folder, 'targets');
    beforeAll(async () => {
      await useBackend(backend);
    });

    it.each(losses?.description.cases ?? [])('$name', (entry) => {
      const { settings } = losses!.description;
      const loss = detectorSpec.parse({
        backbone: { type: 'plain' },
        loss: {
          focalAlpha: settings.focalLossAlpha,
          focalGamma: settings.focalLossGamma,
          huberDelta: settings.huberLossDelta,
          boxWeight: settings.boxLossWeight,
        },
      }).loss;
      const first = (key: string) => {
        const [, anchors, columns] = losses!.shape(key) as [number, number, number];
        const values = losses!.floats(key).subarray(0, entry.images * anchors * columns);
        return tf.tensor3d(values, [entry.images, anchors, columns]);
      };
      const stacked = (key: string) =>
        entry.targetCases.flatMap((index) => [...targets!.tensors[`${index}/${key}`]!.values]);

      const logits = first(`${entry.outputsFrom}/logits`);
      const boxCodes = first(`${entry.outputsFrom}/boxOutputs`);
      const classTargets = tf.tensor2d(stacked(entry.classTargets), [entry.images, logits.shape[1]], 'int32');
      const boxTargets = tf.tensor3d(stacked('boxTargets'), boxCodes.shape);
      const compute = (x: tf.Tensor, codes: tf.Tensor) =>
        detectionLosses(
          { logits: x as tf.Tensor3D, boxCodes: codes as tf.Tensor3D, classTargets, boxTargets },
          loss,
        );

      const values = compute(logits, boxCodes);
      const sum = entry.numPositives.reduce((a, b) => a + b);
      expect(values.positives.dataSync()[0]).toBe(sum);
      expectClose(values.classLoss.dataSync(), [entry.classLoss], { relative: 1e-5 });
      expectClose(values.boxLoss.dataSync(), [entry.boxLoss], { relative: 1e-5 });
      expectClose(values.total.dataSync(), [entry.totalLoss], { relative: 1e-5 });

      const [logitsGradient, boxGradient] = tf.grads((x, codes) => compute(x, codes).total)([
        logits,
        boxCodes,
      ]);
      for (const [key, gradient] of [
        ['logitsGradient', logitsGradient!],
        ['boxOutputsGradient', boxGradient!],
      ] as const) {
        const name = `${entry.name}/${key}`;
        if (!Object.hasOwn(losses!.tensors, name)) continue;
        expectClose(gradient.dataSync(), losses!.floats(name), { absolute: 1e-7, relative: 1e-4 });
      }
    });
  },
);
