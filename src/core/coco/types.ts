/** The COCO object-detection format, as far as boxes go. Boxes are [x, y, width, height] in pixels. */

export type Box = readonly [x: number, y: number, width: number, height: number];

export interface CocoImage {
  id: number;
  file_name?: string;
  width?: number;
  height?: number;
}

export interface CocoCategory {
  id: number;
  name?: string;
  supercategory?: string;
}

export interface CocoAnnotation {
  id: number;
  image_id: number;
  category_id: number;
  bbox: Box;
  /** Square pixels of the segment; the box's area where absent. Decides small, medium, large. */
  area?: number;
  /** A crowd may be matched by many detections, none of which then counts. */
  iscrowd?: 0 | 1 | boolean;
}

export interface CocoTruth {
  images: readonly CocoImage[];
  annotations: readonly CocoAnnotation[];
  categories: readonly CocoCategory[];
}

/** Something odd that can be passed over or put right; the code is stable. */
export interface Warning {
  code: string;
  message: string;
  /** How many entries it concerns. */
  count: number;
  /** The first few of them, for instance `annotations[17]`. */
  examples?: readonly string[];
}

/**
 * Checked ground truth in columns. Images and categories are sorted by id, annotations keep the order of the input.
 * N annotations; `box` holds 4 N numbers.
 */
export interface Truth {
  readonly file?: string;
  readonly images: readonly CocoImage[];
  readonly categories: readonly CocoCategory[];
  readonly count: number;
  readonly id: Float64Array;
  /** Indices into `images`. */
  readonly image: Int32Array;
  /** Indices into `categories`. */
  readonly category: Int32Array;
  readonly box: Float64Array;
  readonly area: Float64Array;
  /** 1 for a crowd. */
  readonly crowd: Uint8Array;
  /** 1 for a region that is neither object nor background (pseudo-labels). */
  readonly ignore: Uint8Array;
  /** Score of a pseudo-label; NaN where there is none. */
  readonly score: Float64Array;
  readonly warnings: readonly Warning[];
}
