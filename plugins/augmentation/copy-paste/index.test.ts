import { expect, it } from 'vitest';
import { createImage, createRandom, type Sample } from '../../../src/contract';
import { makePlugin } from '../../../src/contract/testing';
import { describeAugmentation } from '../../shared/augmentation.test-helper';
import CopyPaste from './index';

describeAugmentation(CopyPaste, { name: 'copy-paste', strength: 2 });

const own: Sample = {
  image: createImage(64, 64, [10, 10, 10]),
  objects: [{ xMin: 20, yMin: 20, xMax: 28, yMax: 28, category: 0 }],
};
const other: Sample = {
  image: createImage(64, 64, [200, 0, 0]),
  objects: [{ xMin: 16, yMin: 16, xMax: 48, yMax: 48, category: 1 }],
};
const apply = (options: object, seed: number) =>
  makePlugin(CopyPaste, options).apply(own, { size: 64, random: createRandom(seed), another: () => other });

it('brings the box of what it pastes, with its pixels', () => {
  const { image, objects } = apply({ paste: 1, share: 1 }, 3);
  const pasted = objects.find(({ category }) => category === 1)!;
  const x = Math.floor((pasted.xMin + pasted.xMax) / 2);
  const y = Math.floor((pasted.yMin + pasted.yMax) / 2);
  expect(image.data[(y * image.width + x) * 3]).toBe(200);
});

it('takes the box of what it hides', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { image, objects } = apply({ paste: 1, share: 1, visible: 0.9 }, seed);
    for (const { xMin, yMin, xMax, yMax, category } of objects.filter((object) => object.category === 0)) {
      const x = Math.floor((xMin + xMax) / 2);
      const y = Math.floor((yMin + yMax) / 2);
      expect([category, image.data[(y * image.width + x) * 3]]).toEqual([0, 10]);
    }
  }
});

it('pastes nothing into an image with a class', () => {
  const { objects } = makePlugin(CopyPaste, { paste: 1, share: 1 }).apply(
    { image: own.image, objects: [], label: 3 },
    { size: 64, random: createRandom(1), another: () => other },
  );
  expect(objects).toEqual([]);
});
