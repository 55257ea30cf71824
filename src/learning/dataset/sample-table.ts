import { type SampleObject } from '../../contract';

/** What is known of an image before it is decoded. */
export interface SampleEntry {
  readonly id: number;
  /** Path of the image. */
  readonly file: string;
  /** Size that the annotation file states, in pixels. */
  readonly stated?: { readonly width: number; readonly height: number };
  readonly objects: readonly SampleObject[];
  /** Class of the whole image. */
  readonly label?: number;
}

/**
 * The entries of N images with M objects in typed arrays of shared memory: given to another thread they are not
 * copied, and COCO's 860,000 objects take 40 MB once.
 */
export interface SampleTable {
  /** [N] */
  readonly ids: Float64Array;
  /** UTF-8 of all paths, one behind the other. */
  readonly files: Uint8Array;
  /** [N] end of each path in `files`. */
  readonly fileEnds: Float64Array;
  /** [N, 2] stated width and height, 0 where there is none. */
  readonly sizes: Int32Array;
  /** [N] class of the image, −1 where there is none. */
  readonly labels: Int32Array;
  /** [N] end of each image's objects. */
  readonly objectEnds: Int32Array;
  /** [M, 4] xMin, yMin, xMax, yMax */
  readonly corners: Float64Array;
  /** [M] */
  readonly categories: Int32Array;
  /** [M] confidence, NaN where there is none. */
  readonly scores: Float64Array;
  /** [M] `crowdFlag` | `ignoreFlag` */
  readonly flags: Uint8Array;
}

const crowdFlag = 1;
const ignoreFlag = 2;

export function tabulate(entries: readonly SampleEntry[]): SampleTable {
  const encoder = new TextEncoder();
  const paths = entries.map(({ file }) => encoder.encode(file));
  const pathBytes = paths.reduce((sum, { length }) => sum + length, 0);
  const images = entries.length;
  const objects = entries.reduce((sum, entry) => sum + entry.objects.length, 0);
  const table: SampleTable = {
    ids: new Float64Array(shared(images, 8)),
    files: new Uint8Array(shared(pathBytes, 1)),
    fileEnds: new Float64Array(shared(images, 8)),
    sizes: new Int32Array(shared(images * 2, 4)),
    labels: new Int32Array(shared(images, 4)),
    objectEnds: new Int32Array(shared(images, 4)),
    corners: new Float64Array(shared(objects * 4, 8)),
    categories: new Int32Array(shared(objects, 4)),
    scores: new Float64Array(shared(objects, 8)),
    flags: new Uint8Array(shared(objects, 1)),
  };
  let byte = 0;
  let row = 0;
  entries.forEach(({ id, stated, label, objects }, i) => {
    table.files.set(paths[i]!, byte);
    byte += paths[i]!.length;
    table.ids[i] = id;
    table.fileEnds[i] = byte;
    table.sizes.set([stated?.width ?? 0, stated?.height ?? 0], 2 * i);
    table.labels[i] = label ?? -1;
    for (const object of objects) writeObject(table, row++, object);
    table.objectEnds[i] = row;
  });
  return table;
}

/** The entry at an index as it was given, except that `crowd: false` is returned as no `crowd`. */
export function entryAt(table: SampleTable, index: number): SampleEntry {
  const fileStart = index === 0 ? 0 : table.fileEnds[index - 1]!;
  const first = index === 0 ? 0 : table.objectEnds[index - 1]!;
  const width = table.sizes[2 * index]!;
  const height = table.sizes[2 * index + 1]!;
  const label = table.labels[index]!;
  return {
    id: table.ids[index]!,
    // A copy, because the decoder takes no shared memory.
    file: new TextDecoder().decode(table.files.slice(fileStart, table.fileEnds[index])),
    ...(width === 0 ? {} : { stated: { width, height } }),
    objects: Array.from({ length: table.objectEnds[index]! - first }, (_, i) => readObject(table, first + i)),
    ...(label < 0 ? {} : { label }),
  };
}

function shared(length: number, bytesEach: number): SharedArrayBuffer {
  return new SharedArrayBuffer(length * bytesEach);
}

function writeObject(table: SampleTable, row: number, object: SampleObject): void {
  const { xMin, yMin, xMax, yMax, category, crowd, score, ignore } = object;
  table.corners.set([xMin, yMin, xMax, yMax], 4 * row);
  table.categories[row] = category;
  table.scores[row] = score ?? NaN;
  table.flags[row] = (crowd === true ? crowdFlag : 0) | (ignore === true ? ignoreFlag : 0);
}

function readObject({ corners, categories, scores, flags }: SampleTable, row: number): SampleObject {
  const score = scores[row]!;
  return {
    xMin: corners[4 * row]!,
    yMin: corners[4 * row + 1]!,
    xMax: corners[4 * row + 2]!,
    yMax: corners[4 * row + 3]!,
    category: categories[row]!,
    ...((flags[row]! & crowdFlag) === 0 ? {} : { crowd: true }),
    ...(Number.isNaN(score) ? {} : { score }),
    ...((flags[row]! & ignoreFlag) === 0 ? {} : { ignore: true }),
  };
}
