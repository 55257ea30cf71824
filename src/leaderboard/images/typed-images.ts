import { type Detections, type ErrorType, errorTypes, match, outcome, type Truth } from '../../evaluation';

/** What a detection is: right, or one of TIDE's errors of detections; their indices are the codes in the pages' data. */
export const detectionKinds = [
  'right',
  'classification',
  'localisation',
  'both',
  'duplicate',
  'background',
] as const satisfies readonly ('right' | ErrorType)[];
type DetectionKind = (typeof detectionKinds)[number];

type ImageBox = readonly [x: number, y: number, width: number, height: number];

interface TypedDetection {
  /** In pixels of the image. */
  readonly box: ImageBox;
  /** Index into the truth's categories. */
  readonly category: number;
  readonly score: number;
  readonly kind: DetectionKind;
  /** Index of the object that it found or mistook; −1 for none. */
  readonly object: number;
}

/** An image's objects without crowds, and what was detected on it, the best-scored first. */
export interface TypedImage {
  /** Index into the truth's images. */
  readonly image: number;
  readonly objects: readonly { readonly box: ImageBox; readonly category: number }[];
  readonly detections: readonly TypedDetection[];
}

/**
 * Sorts the detections of some images into TIDE's types. Matching is by descending score, so the types also hold
 * for the detections above any threshold alone. Detections on a crowd are left out.
 *
 * @param images indices into the truth's images
 * @param leastScore detections below it are left out
 * @param most detections of an image, the best-scored ones
 */
export function typedImages(
  truth: Truth,
  detections: Detections,
  images: readonly number[],
  { leastScore, most }: { readonly leastScore: number; readonly most: number },
): TypedImage[] {
  const [own, rows] = truthOf(truth, images);
  const found = detectionsOf(detections, images);
  const kinds = new Map<number, { kind: DetectionKind; annotation: number }>();
  const records = match(own, found, 'threshold');
  for (let d = 0; d < records.count; d++) {
    if (outcome(records, d) !== 'true-positive') continue;
    kinds.set(records.row[d]!, { kind: 'right', annotation: records.taken[d]! });
  }
  for (const { type, detection, annotation = -1 } of errorTypes(own, found).errors) {
    if (detection !== undefined && type !== 'missed') kinds.set(detection, { kind: type, annotation });
  }
  const indices = new Map<number, number>();
  const prepared = images.map((image) => ({
    image,
    objects: [] as { box: ImageBox; category: number }[],
    detections: [] as TypedDetection[],
  }));
  rows.forEach((_, annotation) => {
    if (own.crowd[annotation] === 1) return;
    const { objects } = prepared[own.image[annotation]!]!;
    indices.set(annotation, objects.length);
    objects.push({ box: boxAt(own.box, annotation), category: own.category[annotation]! });
  });
  for (let row = 0; row < found.count; row++) {
    const is = kinds.get(row);
    if (is === undefined || found.score[row]! < leastScore) continue;
    prepared[found.image[row]!]!.detections.push({
      box: boxAt(found.box, row),
      category: found.category[row]!,
      score: found.score[row]!,
      kind: is.kind,
      object: indices.get(is.annotation) ?? -1,
    });
  }
  return prepared.map(({ detections: all, ...rest }) => ({
    ...rest,
    detections: all.sort((a, b) => b.score - a.score).slice(0, most),
  }));
}

function boxAt(boxes: Float64Array, row: number): ImageBox {
  return [boxes[4 * row]!, boxes[4 * row + 1]!, boxes[4 * row + 2]!, boxes[4 * row + 3]!];
}

/** Rows whose image is among `images`, and the index of the image there. */
function rowsOf(image: Int32Array, count: number, images: readonly number[]): { row: number; at: number }[] {
  const indices = new Map(images.map((index, at) => [index, at]));
  const rows: { row: number; at: number }[] = [];
  for (let row = 0; row < count; row++) {
    const at = indices.get(image[row]!);
    if (at !== undefined) rows.push({ row, at });
  }
  return rows;
}

const boxesOf = (boxes: Float64Array, rows: readonly { row: number }[]) =>
  Float64Array.from(rows.flatMap(({ row }) => [...boxAt(boxes, row)]));

/** The truth of some images alone, which become 0, 1, … in the order given. */
function truthOf(truth: Truth, images: readonly number[]): [Truth, { row: number; at: number }[]] {
  const rows = rowsOf(truth.image, truth.count, images);
  return [
    {
      ...truth,
      images: images.map((index) => truth.images[index]!),
      count: rows.length,
      id: Float64Array.from(rows, ({ row }) => truth.id[row]!),
      image: Int32Array.from(rows, ({ at }) => at),
      category: Int32Array.from(rows, ({ row }) => truth.category[row]!),
      box: boxesOf(truth.box, rows),
      area: Float64Array.from(rows, ({ row }) => truth.area[row]!),
      crowd: Uint8Array.from(rows, ({ row }) => truth.crowd[row]!),
    },
    rows,
  ];
}

function detectionsOf(detections: Detections, images: readonly number[]): Detections {
  const rows = rowsOf(detections.image, detections.count, images);
  return {
    ...detections,
    count: rows.length,
    image: Int32Array.from(rows, ({ at }) => at),
    category: Int32Array.from(rows, ({ row }) => detections.category[row]!),
    box: boxesOf(detections.box, rows),
    score: Float64Array.from(rows, ({ row }) => detections.score[row]!),
  };
}
