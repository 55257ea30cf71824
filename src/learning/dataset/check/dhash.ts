import sharp from 'sharp';

/**
 * What an image looks like in 64 bits, in four words of 16: whether each of 8 × 8 grey values is lighter than its right
 * neighbour (difference hash, Krawetz 2013). Saving again or resizing changes a bit or two.
 */
export type PerceptualHash = readonly [number, number, number, number];

const SIDE = 8;
/** Hashes of near-duplicates differ in at most so many bits; one word of the four is equal then. */
export const NEAR_BITS = 3;
/** Below so many bits of either kind an image is nearly plain, and plain images have similar hashes. */
const LEAST_BITS = 8;

/** @returns undefined for an image too plain for its hash to tell images apart */
export async function differenceHash(bytes: Buffer): Promise<PerceptualHash | undefined> {
  const grey = await sharp(bytes, { failOn: 'none', autoOrient: true })
    .flatten({ background: '#808080' })
    .greyscale()
    .resize(SIDE + 1, SIDE, { fit: 'fill', fastShrinkOnLoad: false })
    .raw()
    .toBuffer();
  const words = [0, 0, 0, 0];
  let set = 0;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const at = y * (SIDE + 1) + x;
      if (grey[at]! <= grey[at + 1]!) continue;
      const bit = y * SIDE + x;
      words[bit >> 4]! |= 1 << (bit & 15);
      set++;
    }
  }
  return set < LEAST_BITS || set > 64 - LEAST_BITS ? undefined : (words as unknown as PerceptualHash);
}

/**
 * Pairs of near-duplicates. By the pigeonhole principle two hashes that differ in at most three bits agree in one of their
 * four words, so only those are compared.
 */
export function nearDuplicates<Item extends { readonly hash?: PerceptualHash }>(
  items: readonly Item[],
  others: readonly Item[] = items,
): [Item, Item][] {
  const pairs: [Item, Item][] = [];
  const found = new Set<string>();
  for (let word = 0; word < 4; word++) {
    const buckets = new Map<number, number[]>();
    others.forEach(({ hash }, index) => {
      if (hash === undefined) return;
      const bucket = buckets.get(hash[word]!);
      if (bucket === undefined) buckets.set(hash[word]!, [index]);
      else bucket.push(index);
    });
    items.forEach((item, index) => {
      if (item.hash === undefined) return;
      for (const other of buckets.get(item.hash[word]!) ?? []) {
        if (items === others && other <= index) continue;
        if (distance(item.hash, others[other]!.hash!) > NEAR_BITS || found.has(`${index} ${other}`)) continue;
        found.add(`${index} ${other}`);
        pairs.push([item, others[other]!]);
      }
    });
  }
  return pairs;
}

function distance(one: PerceptualHash, other: PerceptualHash): number {
  let bits = 0;
  for (let word = 0; word < 4; word++) {
    for (let unlike = one[word]! ^ other[word]!; unlike !== 0; unlike &= unlike - 1) bits++;
  }
  return bits;
}
