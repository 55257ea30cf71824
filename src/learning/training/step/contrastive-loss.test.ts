import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../contract';
import { tf, useBackend } from '../../tensor';
import { contrastiveLoss } from './contrastive-loss';

beforeAll(async () => {
  await useBackend('tensorflow', { threads: 1 });
});

const random = createRandom('projections');
const draw = (rows: number, columns: number) =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()));

/** Equation 1 of arXiv 2002.05709, term by term. */
function byHand(z: number[][], temperature: number): number {
  const n = z.length / 2;
  const norm = (a: number[]) => Math.hypot(...a);
  const sim = (a: number[], b: number[]) => a.reduce((s, v, i) => s + v * b[i]!, 0) / (norm(a) * norm(b));
  const term = (i: number, j: number) => {
    const others = z.filter((_, k) => k !== i).map((b) => Math.exp(sim(z[i]!, b) / temperature));
    return -Math.log(Math.exp(sim(z[i]!, z[j]!) / temperature) / others.reduce((a, b) => a + b));
  };
  return z.reduce((sum, _, i) => sum + term(i, (i + n) % (2 * n)), 0) / (2 * n);
}

describe('contrastiveLoss', () => {
  it('is equation 1', () => {
    const z = draw(8, 5);
    const loss = tf.tidy(() => contrastiveLoss(tf.tensor2d(z), 0.5).arraySync());
    expect(loss).toBeCloseTo(byHand(z, 0.5), 5);
  });

  it('falls when the views of an image come together, and does not see their lengths', () => {
    const first = draw(4, 6);
    const together = [...first, ...first.map((row) => row.map((v) => 3 * v))];
    const apart = [...first, ...draw(4, 6)];
    const loss = (z: number[][]) => tf.tidy(() => contrastiveLoss(tf.tensor2d(z), 0.1).arraySync());
    expect(loss(together)).toBeLessThan(loss(apart));
    expect(loss(together)).toBeCloseTo(loss([...first, ...first]), 4);
  });

  it('has the gradient that finite differences give', () => {
    const z = draw(4, 3);
    const at = (values: number[][]) => byHand(values, 0.5);
    const gradient = tf.tidy(() => tf.grad((x) => contrastiveLoss(x as tf.Tensor2D, 0.5))(tf.tensor2d(z)));
    const values = gradient.arraySync() as number[][];
    gradient.dispose();
    const step = 1e-5;
    for (const [row, column] of [
      [0, 0],
      [2, 1],
      [3, 2],
    ] as const) {
      const moved = (by: number) =>
        z.map((r, i) => r.map((v, j) => (i === row && j === column ? v + by : v)));
      expect(values[row]![column]).toBeCloseTo((at(moved(step)) - at(moved(-step))) / (2 * step), 4);
    }
  });
});
