import { type SampleObject } from '../../contract';
import { type Warning } from '../../core/coco/types';
import { type DatasetLocation } from '../../core/plan/stage-job';

/** A kind of object or of image; its index in `Dataset.categories` is what samples carry. */
export interface Category {
  /** COCO's category id; for folder-per-class data the index from 1. */
  readonly id: number;
  readonly name: string;
}

/** One image of a data set, not yet decoded. */
export interface DatasetImage {
  readonly id: number;
  /** Relative to the data set's image folder, with `/`. */
  readonly file: string;
  /** Size that the annotation file states, in pixels; absent in folder-per-class data. */
  readonly width?: number;
  readonly height?: number;
  /** In pixels of the image as the annotation file sizes it. */
  readonly objects: readonly SampleObject[];
  /** Class of the whole image, index into the categories. */
  readonly label?: number;
}

/** Something odd in a data set that was fixed or ignored; the code is stable. */
export type DatasetWarning = Readonly<Warning>;

/** A data set as its index files describe it; images are read when they are needed. */
export interface Dataset {
  readonly location: DatasetLocation;
  /** By id (COCO) or by name (folders). */
  readonly categories: readonly Category[];
  /** By id, so that the order in the file decides nothing. */
  readonly images: readonly DatasetImage[];
  readonly warnings: readonly DatasetWarning[];
}
