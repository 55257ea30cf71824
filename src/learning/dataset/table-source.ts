import { type RgbImage } from '../../contract';
import { decodeImage } from './decode';
import { type ImageCache } from './image-cache';
import { type CachedSamples, sampleOf } from './sample-source';
import { entryAt, type SampleEntry, type SampleTable } from './sample-table';

/**
 * The samples of a table, decoded on request and cached in the store while it has room.
 *
 * @param firstImage number in the store of the table's first image; several tables share a store
 */
export function createTableSource(table: SampleTable, store: ImageCache, firstImage = 0): CachedSamples {
  // A step may request an image twice before it is decoded (two views of it).
  const decoding = new Map<number, Promise<RgbImage>>();
  const decode = async (index: number, { file, stated }: SampleEntry): Promise<RgbImage> => {
    const image = await decodeImage(file, stated);
    store.add(firstImage + index, image);
    return image;
  };
  return {
    length: table.ids.length,
    imageId: (index) => table.ids[index]!,
    peek(index) {
      const image = store.get(firstImage + index);
      return image && sampleOf(entryAt(table, index), image);
    },
    async load(index) {
      const entry = entryAt(table, index);
      const cached = store.get(firstImage + index);
      if (cached !== undefined) return sampleOf(entry, cached);
      let image = decoding.get(index);
      if (image === undefined) {
        image = decode(index, entry).finally(() => decoding.delete(index));
        decoding.set(index, image);
      }
      return sampleOf(entry, await image);
    },
  };
}
