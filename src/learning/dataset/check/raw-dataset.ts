/** A COCO file as it stands: nothing is resolved, put right or refused. A number that is absent or no number is NaN. */
export interface RawDataset {
  readonly file: string;
  readonly images: readonly RawImage[];
  readonly categories: readonly RawCategory[];
  readonly annotations: RawAnnotations;
}

export interface RawImage {
  /** Place in the list. */
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

/** N annotations in columns that grow as needed; `box` holds 4 N numbers. */
export class RawAnnotations {
  count = 0;
  /** Place in the list. */
  index = new Uint32Array(1024);
  id = new Float64Array(1024);
  imageId = new Float64Array(1024);
  categoryId = new Float64Array(1024);
  box = new Float64Array(4 * 1024);
  area = new Float64Array(1024);
  /** 0, 1, or `UNREADABLE`. */
  crowd = new Uint8Array(1024);
  /** 1 where there is a segmentation that is not empty. */
  segment = new Uint8Array(1024);

  add(index: number): number {
    if (this.count === this.id.length) this.grow();
    const row = this.count++;
    this.index[row] = index;
    for (const column of [this.id, this.imageId, this.categoryId, this.area]) column[row] = NaN;
    this.box.fill(NaN, 4 * row, 4 * row + 4);
    return row;
  }

  private grow(): void {
    const larger = <Column extends Uint32Array | Float64Array | Uint8Array>(column: Column): Column => {
      const grown = new (column.constructor as new (length: number) => Column)(2 * column.length);
      grown.set(column);
      return grown;
    };
    this.index = larger(this.index);
    this.id = larger(this.id);
    this.imageId = larger(this.imageId);
    this.categoryId = larger(this.categoryId);
    this.box = larger(this.box);
    this.area = larger(this.area);
    this.crowd = larger(this.crowd);
    this.segment = larger(this.segment);
  }
}

/** A crowd flag that is neither 0 nor 1. */
export const UNREADABLE = 2;
