import { type RgbImage } from '../../contract';
import { decodeImage } from './decode';
import { type ImageCache } from './image-cache';
import { type KeptSamples, sampleOf } from './sample-source';
import { entryAt, type SampleEntry, type SampleTable } from './sample-table';

/**
 * The samples of a table, decoded when asked for and kept in the store while it has room.
 *
 * @param firstImage number in the store of the table's first image; several tables share a store
 */
export function createTableSource(table: SampleTable, store: ImageCache, firstImage = 0): KeptSamples {
  // A step may ask twice for an image before it is decoded (two views of it).
  const decoding = new Map<number, Promise<RgbImage>>();
  const decode = async (place: number, { file, stated }: SampleEntry): Promise<RgbImage> => {
    const image = await decodeImage(file, stated);
    store.keep(firstImage + place, image);
    return image;
  };
  return {
    length: table.ids.length,
    imageId: (place) => table.ids[place]!,
    peek(place) {
      const image = store.get(firstImage + place);
      return image && sampleOf(entryAt(table, place), image);
    },
    async load(place) {
      const entry = entryAt(table, place);
      const kept = store.get(firstImage + place);
      if (kept !== undefined) return sampleOf(entry, kept);
      let image = decoding.get(place);
      if (image === undefined) {
        image = decode(place, entry).finally(() => decoding.delete(place));
        decoding.set(place, image);
      }
      return sampleOf(entry, await image);
    },
  };
}
