import { type RgbImage } from '../contract';

/** Half a gibibyte: 18,000 scenes of 96 px, or 580 photographs of 640 × 480. */
const defaultBytes = 512 * 2 ** 20;

/** Decoded pictures up to a budget of bytes; the one not used for longest goes first. */
export class ImageCache {
  private readonly held = new Map<string, RgbImage>();
  private readonly loading = new Map<string, Promise<RgbImage>>();
  private bytes = 0;

  constructor(private readonly maxBytes = defaultBytes) {}

  /** The picture, if it is held. */
  peek(key: string): RgbImage | undefined {
    const image = this.held.get(key);
    if (image !== undefined) {
      // A Map keeps the order of insertion: the first key is the one not used for longest.
      this.held.delete(key);
      this.held.set(key, image);
    }
    return image;
  }

  /** The held picture, or what `decode` gives; asked twice at once, it decodes once. */
  async get(key: string, decode: () => Promise<RgbImage>): Promise<RgbImage> {
    const image = this.peek(key);
    if (image !== undefined) return image;
    const known = this.loading.get(key);
    if (known !== undefined) return known;
    const decoding = decode();
    this.loading.set(key, decoding);
    try {
      const decoded = await decoding;
      this.keep(key, decoded);
      return decoded;
    } finally {
      this.loading.delete(key);
    }
  }

  private keep(key: string, image: RgbImage): void {
    if (image.data.length > this.maxBytes) return;
    this.held.set(key, image);
    this.bytes += image.data.length;
    for (const [oldest, { data }] of this.held) {
      if (this.bytes <= this.maxBytes) break;
      this.held.delete(oldest);
      this.bytes -= data.length;
    }
  }
}
