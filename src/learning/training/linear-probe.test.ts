import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../contract';
import { tf, useBackend } from '../tensor';
import { linearProbe } from './linear-probe';

beforeAll(() => useBackend('tensorflow', { threads: 1 }));

/** Classes around centres of their own, with a useless dimension of another scale. */
function clouds(count: number, apart: number, seed: string) {
  const random = createRandom(seed);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const features = Float32Array.from({ length: 4 * count }, (_, at) => {
    const label = labels[Math.floor(at / 4)]!;
    const column = at % 4;
    if (column === 3) return 1000 + 100 * random.normal();
    return (column === label ? apart : 0) + random.normal();
  });
  return { features, labels };
}
const shape = { dimensions: 4, classes: 3 };
const share = (named: Int32Array, labels: Int32Array) =>
  named.filter((category, i) => category === labels[i]).length / labels.length;

describe('a linear probe', () => {
  it('reaches what the classes’ overlap allows, and guesses where features say nothing', async () => {
    const before = tf.memory().numTensors;
    const heldOut = clouds(900, 3, 'held out');
    // Bayes: P(max of three equal normals, one shifted by 3) = ∫ φ(x − 3) Φ(x)² dx = .967.
    expect(share(await linearProbe(clouds(900, 3, 'train'), heldOut, shape), heldOut.labels)).toBeCloseTo(
      0.967,
      1,
    );
    const nothing = clouds(900, 0, 'nothing');
    expect(share(await linearProbe(clouds(900, 0, 'train'), nothing, shape), nothing.labels)).toBeCloseTo(
      1 / 3,
      1,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives the same every time', async () => {
    const [train, heldOut] = [clouds(60, 1, 'a'), clouds(60, 1, 'b')];
    expect(await linearProbe(train, heldOut, shape)).toEqual(await linearProbe(train, heldOut, shape));
  });
});
