import { type MatchRecords } from './match';
import { allThresholds } from './parameters';

/** Detections and truth of a category in one area range, laid out for sweeping by falling score. */
export interface PrecisionRecallInput {
  readonly truthImage: Int32Array;
  /** Images of the detections that are false at every threshold: most of them. */
  readonly alwaysFalse: Int32Array;
  /** Images of the other detections down to the last true positive. */
  readonly image: Int32Array;
  /** How many of `alwaysFalse` come before each of the others. */
  readonly before: Int32Array;
  /** By threshold. */
  readonly events: readonly Events[];
}

/** Positions in a slice, ascending; what is in neither list is a false positive. */
interface Events {
  /** Of true positives. */
  readonly hits: Int32Array;
  /** Of detections that count as neither. */
  readonly uncounted: Int32Array;
}

/** The slice of category k and area range a. */
export function precisionRecallInput(records: MatchRecords, k: number, a: number): PrecisionRecallInput {
  const { image, score, start, truthStart, truthImage, truthCounts } = records;
  const all = allThresholds(records.parameters);
  const inOrder = records.tieRule === 'pycocotools';
  const truePositive = records.truePositive.subarray(a * records.count, (a + 1) * records.count);
  const falsePositive = records.falsePositive.subarray(a * records.count, (a + 1) * records.count);
  let last = start[k + 1]! - 1;
  while (last >= start[k]! && truePositive[last] === 0) last--;

  const alwaysFalse: number[] = [];
  const others: { image: number; before: number }[] = [];
  const events = records.parameters.iouThresholds.map(() => ({
    hits: [] as number[],
    uncounted: [] as number[],
  }));
  const add = (d: number, isTrue: number, counts: number): void => {
    if (counts === 0) return;
    const position = others.push({ image: image[d]!, before: alwaysFalse.length }) - 1;
    events.forEach((own, t) => {
      if ((isTrue >> t) & 1) own.hits.push(position);
      else if (((counts >> t) & 1) === 0) own.uncounted.push(position);
    });
  };
  const mixed = (d: number): number => (falsePositive[d] === all ? 0 : falsePositive[d]!);
  // Detections of equal score enter the curve at once: the false ones of them, whatever their position, before the true ones.
  for (let from = start[k]!; from <= last;) {
    let to = from + 1;
    if (!inOrder) while (to < start[k + 1]! && score[to] === score[from]) to++;
    for (let d = from; d < to; d++) if (falsePositive[d] === all) alwaysFalse.push(image[d]!);
    if (to === from + 1) add(from, truePositive[from]!, truePositive[from]! | mixed(from));
    else {
      for (let d = from; d < to; d++) add(d, 0, mixed(d));
      for (let d = from; d < to; d++) add(d, truePositive[d]!, truePositive[d]!);
    }
    from = to;
  }
  const counted: number[] = [];
  for (let n = truthStart[k]!; n < truthStart[k + 1]!; n++) {
    if ((truthCounts[n]! >> a) & 1) counted.push(truthImage[n]!);
  }
  return {
    truthImage: Int32Array.from(counted),
    alwaysFalse: Int32Array.from(alwaysFalse),
    image: Int32Array.from(others, (entry) => entry.image),
    before: Int32Array.from(others, (entry) => entry.before),
    events: events.map(({ hits, uncounted }) => ({
      hits: Int32Array.from(hits),
      uncounted: Int32Array.from(uncounted),
    })),
  };
}
