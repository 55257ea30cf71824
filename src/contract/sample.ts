/** An 8-bit RGB image: `data[(y * width + x) * 3 + channel]`, 0…255. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** Length `width * height * 3`. */
  readonly data: Uint8Array;
}

/** One object of an image. Corners in pixels of the image, `0 ≤ xMin ≤ xMax ≤ width`; not rounded. */
export interface SampleObject {
  readonly xMin: number;
  readonly yMin: number;
  readonly xMax: number;
  readonly yMax: number;
  /** Index into the data set's categories, from 0. */
  readonly category: number;
  /** COCO's `iscrowd`: a region with uncounted objects, never a training target. */
  readonly crowd?: boolean;
  /** Confidence of a pseudo-label, 0…1; absent on human labels. */
  readonly score?: number;
  /** A region that counts neither as object nor as background (a pseudo-label too uncertain for either). */
  readonly ignore?: boolean;
}

/** Input and output of an augmentation: an image with its labels. */
export interface Sample {
  readonly image: RgbImage;
  /** Empty for classification data and for unlabelled images. */
  readonly objects: readonly SampleObject[];
  /** Class of the whole image, index from 0; only in classification data. */
  readonly label?: number;
}
