/** Pixels of a batch: 32 pictures of 96 px, one of 640. */
const batchPixels = 300_000;

/** Pictures that pass a detector together when nothing is learned from them. */
export function batchOf({ size }: { readonly size: number }, pictures: number): number {
  return Math.min(32, pictures, Math.max(1, Math.floor(batchPixels / size ** 2)));
}
