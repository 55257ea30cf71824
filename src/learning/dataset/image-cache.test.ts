import { describe, expect, it } from 'vitest';
import { createImage } from '../../contract';
import { ImageCache, shareImages } from './image-cache';

const image = createImage(4, 5, [1, 2, 3]);

describe('ImageStore', () => {
  it('holds copies for all who share its memory', () => {
    const shared = shareImages(Array.from({ length: 3 }, () => ({ stated: image })));
    const [one, other] = [new ImageCache(shared), new ImageCache(structuredClone(shared))];
    one.add(2, image);
    one.add(0, createImage(2, 2, [9, 9, 9]));
    expect(one.get(1)).toBeUndefined();
    expect(other.get(2)).toEqual(image);
    other.add(2, createImage(1, 1));
    expect(one.get(2)).toEqual(image);
    expect(one.get(0)).toEqual(createImage(2, 2, [9, 9, 9]));
  });

  it('keeps within its budget, whatever comes', () => {
    const shared = shareImages([{}, {}, {}], 128);
    const store = new ImageCache(shared);
    for (let id = 0; id < 3; id++) store.add(id, image);
    expect(shared.pixels.length).toBe(128);
    expect([0, 1, 2].map((id) => store.get(id) !== undefined)).toEqual([true, true, false]);
  });

  it('sets aside no more than images of known size need', () => {
    expect(shareImages([{ stated: image }, { stated: image }]).pixels.length).toBe(128);
  });
});
