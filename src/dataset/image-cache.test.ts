import { describe, expect, it } from 'vitest';
import { createImage } from '../contract';
import { ImageCache } from './image-cache';

describe('ImageCache', () => {
  it('keeps within its budget and drops what was not used for longest', async () => {
    const cache = new ImageCache(2 * 12);
    const decode = () => Promise.resolve(createImage(2, 2));
    await cache.get('a', decode);
    await cache.get('b', decode);
    cache.peek('a');
    await cache.get('c', decode);
    expect(['a', 'b', 'c'].map((key) => cache.peek(key) !== undefined)).toEqual([true, false, true]);
  });

  it('decodes once for two that ask at once, and again after a failure', async () => {
    const cache = new ImageCache();
    let decoded = 0;
    const decode = () => {
      decoded++;
      return decoded === 1 ? Promise.reject(new Error('broken')) : Promise.resolve(createImage(1, 1));
    };
    await expect(Promise.all([cache.get('a', decode), cache.get('a', decode)])).rejects.toThrow('broken');
    expect(decoded).toBe(1);
    await expect(cache.get('a', decode)).resolves.toEqual(createImage(1, 1));
  });
});
