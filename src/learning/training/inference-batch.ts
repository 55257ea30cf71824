/** Pixels of a batch: 32 images of 96 px, one of 640. */
const batchPixels = 300_000;

/** Images that pass a detector together when nothing is learned from them. */
export function batchOf({ size }: { readonly size: number }, images: number): number {
  return Math.min(32, images, Math.max(1, Math.floor(batchPixels / size ** 2)));
}
