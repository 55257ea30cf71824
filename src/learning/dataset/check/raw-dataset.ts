import { AnnotationColumns, doubled } from '../../../core/coco/columns';

/** A COCO file as it is: nothing is resolved, corrected or refused. A number that is absent or unreadable is NaN. */
export interface RawDataset {
  readonly file: string;
  readonly images: readonly RawImage[];
  readonly categories: readonly RawCategory[];
  readonly annotations: RawAnnotations;
}

export interface RawImage {
  /** Index in the list. */
  readonly index: number;
  readonly id: number;
  readonly file?: string;
  readonly width: number;
  readonly height: number;
}

export interface RawCategory {
  readonly index: number;
  readonly id: number;
  readonly name?: string;
}

export class RawAnnotations extends AnnotationColumns {
  /** Index in the list. */
  index = new Uint32Array(1024);
  /** 1 where there is a segmentation that is not empty. */
  segment = new Uint8Array(1024);

  protected override grow(): void {
    super.grow();
    this.index = doubled(this.index);
    this.segment = doubled(this.segment);
  }
}
