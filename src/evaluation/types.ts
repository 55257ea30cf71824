/** The COCO object-detection format, as far as box evaluation reads it. Boxes are [x, y, width, height] in pixels. */

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

export interface CocoDetection {
  image_id: number;
  category_id: number;
  bbox: Box;
  score: number;
}

/** Something odd that evaluation can live with; the code is stable. */
export interface Warning {
  code: string;
  message: string;
  /** How many entries it concerns. */
  count: number;
}

/**
 * Checked truth in columns. Images and categories are sorted by id, annotations keep the order of the input.
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
  readonly warnings: readonly Warning[];
}

/** Checked detections in columns, in the order of the input. N detections; `box` holds 4 N numbers. */
export interface Detections {
  readonly file?: string;
  readonly count: number;
  /** Indices into the truth's `images`. */
  readonly image: Int32Array;
  /** Indices into the truth's `categories`. */
  readonly category: Int32Array;
  readonly box: Float64Array;
  readonly score: Float64Array;
  readonly warnings: readonly Warning[];
}
