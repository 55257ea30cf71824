import { describe, expect, it } from 'vitest';
import { createImage } from '../../contract';
import { PictureStore, sharePictures } from './image-cache';

const image = createImage(4, 5, [1, 2, 3]);

describe('PictureStore', () => {
  it('holds copies for all who share its memory', () => {
    const shared = sharePictures(Array.from({ length: 3 }, () => ({ stated: image })));
    const [one, other] = [new PictureStore(shared), new PictureStore(structuredClone(shared))];
    one.keep(2, image);
    one.keep(0, createImage(2, 2, [9, 9, 9]));
    expect(one.get(1)).toBeUndefined();
    expect(other.get(2)).toEqual(image);
    other.keep(2, createImage(1, 1));
    expect(one.get(2)).toEqual(image);
    expect(one.get(0)).toEqual(createImage(2, 2, [9, 9, 9]));
  });

  it('keeps within its budget, whatever comes', () => {
    const shared = sharePictures([{}, {}, {}], 128);
    const store = new PictureStore(shared);
    for (let picture = 0; picture < 3; picture++) store.keep(picture, image);
    expect(shared.pixels.length).toBe(128);
    expect([0, 1, 2].map((picture) => store.get(picture) !== undefined)).toEqual([true, true, false]);
  });

  it('sets aside no more than pictures of known size need', () => {
    expect(sharePictures([{ stated: image }, { stated: image }]).pixels.length).toBe(128);
  });
});
