/** Columns of one length that double when they are full. */
export abstract class Columns {
  count = 0;

  /** @returns the index of the new row */
  add(): number {
    if (this.count === this.capacity) this.grow();
    return this.count++;
  }

  protected abstract get capacity(): number;
  protected abstract grow(): void;
}

export function doubled<Column extends Float64Array | Uint32Array | Uint8Array>(column: Column): Column {
  const larger = new (column.constructor as new (length: number) => Column)(2 * column.length);
  larger.set(column);
  return larger;
}

/** Rows of a column, in the order of `rows`; `width` numbers each. */
export function picked<Column extends Float64Array | Int32Array | Uint16Array | Uint8Array>(
  column: Column,
  rows: ArrayLike<number>,
  width = 1,
): Column {
  const result = new (column.constructor as new (length: number) => Column)(width * rows.length);
  for (let at = 0; at < result.length; at++) {
    result[at] = column[width * rows[Math.floor(at / width)]! + (at % width)]!;
  }
  return result;
}

/** Annotations as they were read: ids instead of indices; what is absent is NaN. `box` holds 4 N numbers. */
export class AnnotationColumns extends Columns {
  id = new Float64Array(1024);
  imageId = new Float64Array(1024);
  categoryId = new Float64Array(1024);
  box = new Float64Array(4 * 1024);
  area = new Float64Array(1024);
  score = new Float64Array(1024);
  crowd = new Uint8Array(1024);
  ignore = new Uint8Array(1024);

  /** A row in which everything is absent. */
  addEmpty(): number {
    const row = this.add();
    for (const column of [this.id, this.imageId, this.categoryId, this.area, this.score]) column[row] = NaN;
    this.box.fill(NaN, 4 * row, 4 * row + 4);
    this.crowd[row] = this.ignore[row] = 0;
    return row;
  }

  protected get capacity(): number {
    return this.id.length;
  }

  protected grow(): void {
    this.id = doubled(this.id);
    this.imageId = doubled(this.imageId);
    this.categoryId = doubled(this.categoryId);
    this.box = doubled(this.box);
    this.area = doubled(this.area);
    this.score = doubled(this.score);
    this.crowd = doubled(this.crowd);
    this.ignore = doubled(this.ignore);
  }
}
