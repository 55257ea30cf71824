import { describe, expect, it } from 'vitest';
import { createImage, createRandom } from '../../../src/contract';
import { describeAugmentation } from '../../shared/augmentation.test-helper';
import { blur, jitterColour, toGrey } from './colour';
import SimclrView from './index';

describeAugmentation(SimclrView, { name: 'simclr', strength: 5 });

describe('the colours', () => {
  const flat = createImage(6, 4, [200, 100, 40]);

  it('lose their chroma', () => {
    const { data } = toGrey(flat);
    // .299 · 200 + .587 · 100 + .114 · 40
    expect([...data.subarray(0, 3)]).toEqual([123, 123, 123]);
  });

  it('stay as they are at strength 0, within the rounding of the chroma’s matrices', () => {
    const { data } = jitterColour(flat, 0, createRandom(1));
    data.forEach((value, i) => expect(Math.abs(value - flat.data[i]!)).toBeLessThanOrEqual(1));
  });

  it('keep their luma when only the hue turns', () => {
    const luma = ([r, g, b]: Uint8Array) => 0.299 * r! + 0.587 * g! + 0.114 * b!;
    const dull = createImage(2, 2, [130, 110, 120]);
    // Draws of 1/2 leave brightness, contrast and saturation; only the hue's is off the middle.
    const draws = {
      ...createRandom(1),
      between: (low: number, high: number) => (high <= 0.2 ? high : (low + high) / 2),
    };
    const turned = jitterColour(dull, 1, {
      ...draws,
      shuffle: <T>(items: readonly T[]) => [...items],
    });
    expect(turned.data.subarray(0, 3)).not.toEqual(dull.data.subarray(0, 3));
    expect(luma(turned.data.subarray(0, 3))).toBeCloseTo(luma(dull.data.subarray(0, 3)), 0);
  });

  it('blur into each other, none gets lost', () => {
    const dot = createImage(15, 15, [0, 0, 0]);
    dot.data.fill(255, (7 * 15 + 7) * 3, (7 * 15 + 7) * 3 + 3);
    const { data } = blur(dot, 1);
    const at = (x: number, y: number) => data[(y * 15 + x) * 3]!;
    expect(at(7, 7)).toBeCloseTo(255 / (2 * Math.PI), -1);
    expect(at(6, 7)).toBe(at(8, 7));
    expect(at(7, 6)).toBe(at(6, 7));
    expect(at(0, 0)).toBe(0);
    expect([...blur(flat, 2).data]).toEqual([...flat.data]);
  });
});
