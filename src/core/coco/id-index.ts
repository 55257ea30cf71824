/** From ids to indices: a table where ids are small, as they are in COCO, a map elsewhere. */
export class IdIndex {
  private readonly table?: Int32Array;
  private readonly map?: Map<number, number>;

  /** @param ids distinct */
  constructor(ids: readonly number[]) {
    let largest = -1;
    let smallest = 0;
    for (const id of ids) {
      if (id > largest) largest = id;
      if (id < smallest) smallest = id;
    }
    if (smallest >= 0 && largest < 4e6) {
      this.table = new Int32Array(largest + 1).fill(-1);
      for (let index = 0; index < ids.length; index++) this.table[ids[index]!] = index;
    } else {
      this.map = new Map(ids.map((id, index) => [id, index]));
    }
  }

  /** −1 for an unknown id. */
  of(id: number): number {
    return (this.table === undefined ? this.map!.get(id) : this.table[id]) ?? -1;
  }
}
