import { type Box, type Warning } from '../core/coco/types';

export * from '../core/coco/types';

export interface CocoDetection {
  image_id: number;
  category_id: number;
  bbox: Box;
  score: number;
}

/** Checked detections in columns, in the order of the input. N detections; `box` holds 4 N numbers. */
export interface Detections {
  readonly file?: string;
  readonly count: number;
  /** Indices into the ground truth's `images`. */
  readonly image: Int32Array;
  /** Indices into the ground truth's `categories`. */
  readonly category: Int32Array;
  readonly box: Float64Array;
  readonly score: Float64Array;
  readonly warnings: readonly Warning[];
}
