import { describe, expect, it } from 'vitest';
import { dropRates } from '../detector/backbones/efficientnet';
import { detectorSpec } from '../../core/plan/detector-spec';
import { branchMask } from './drop-branches';

const spec = (backbone: object) => detectorSpec.parse({ backbone: { type: 'efficientnet', ...backbone } });

describe('drop-connect', () => {
  it('drops branches at a rate that grows along the blocks, and scales the others up', () => {
    const { backbone } = spec({});
    if (backbone.type !== 'efficientnet') throw new TypeError();
    const rates = dropRates(backbone);
    expect(rates).toHaveLength(16);
    expect(rates[0]).toBe(0);
    expect(rates[8]).toBeCloseTo(0.1, 10);
    const images = 20_000;
    const { values, shape } = branchMask(spec({}), images, 1, 0)!;
    expect(shape).toEqual([images, 16]);
    rates.forEach((rate, block) => {
      let dropped = 0;
      let sum = 0;
      const kept = Math.fround(1 / (1 - rate));
      let odd = 0;
      for (let at = block; at < values.length; at += 16) {
        if (values[at] === 0) dropped++;
        else if (values[at] !== kept) odd++;
        sum += values[at]!;
      }
      expect(odd).toBe(0);
      // Four standard deviations; the mean stays what it was.
      expect(Math.abs(dropped / images - rate)).toBeLessThan(4 * Math.sqrt(0.25 / images));
      expect(sum / images).toBeCloseTo(1, 1);
    });
  });

  it('follows from seed and step alone', () => {
    const mask = (seed: number, step: number) => branchMask(spec({}), 8, seed, step)!.values;
    expect(mask(1, 5)).toEqual(mask(1, 5));
    expect(mask(1, 6)).not.toEqual(mask(1, 5));
    expect(mask(2, 5)).not.toEqual(mask(1, 5));
  });

  it('is not done at a rate of 0, nor by other backbones', () => {
    expect(branchMask(spec({ dropConnect: 0 }), 8, 1, 0)).toBeUndefined();
    expect(branchMask(detectorSpec.parse({ backbone: { type: 'plain' } }), 8, 1, 0)).toBeUndefined();
  });
});
