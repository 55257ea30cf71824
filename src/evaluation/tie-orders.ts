import { areaBits, Candidates, OrderedTruth } from './candidates';
import { type MatchRecords } from './match';
import { orderTruth } from './order';
import { allThresholds, type EvaluationParameters } from './parameters';
import { distinctOrders } from './permutations';
import { type Detections, type Truth } from './types';

/**
 * Records with the best and the worst that any order of equal scores inside an image and category could give. They are bounds:
 * at each threshold, size range and score for itself, the most true and fewest false positives, or the fewest and most.
 */
export interface TieExtremes {
  best: MatchRecords;
  worst: MatchRecords;
}

/** Orders tried in one image and category; beyond it, coarser bounds hold (see `widen`). */
export const MOST_ORDERS = 100;
/** Images and categories with rivals of one score that are looked into; a file with more has coarse scores throughout. */
const MOST_CELLS = 300;

/** Null where the order of equal scores inside images changes nothing; `too-many` where it would take long to find out. */
export function tieExtremes(
  truth: Truth,
  detections: Detections,
  records: MatchRecords,
  mostOrders = MOST_ORDERS,
): TieExtremes | null | 'too-many' {
  const cells = cellsWithTies(records);
  if (cells.length === 0) return null;
  if (cells.length > MOST_CELLS) return 'too-many';
  const ordered = new OrderedTruth(truth, orderTruth(truth, records.tieRule), records.parameters);
  let extremes: TieExtremes | null = null;
  for (const cell of cells) {
    const bounds = boundsOf(new Cell(cell, records, detections, ordered), mostOrders);
    if (bounds === null) continue;
    extremes ??= { best: withOwnBits(records), worst: withOwnBits(records) };
    write(extremes.best, bounds.groups, bounds.mostTrue, bounds.fewestFalse);
    write(extremes.worst, bounds.groups, bounds.fewestTrue, bounds.mostFalse);
  }
  return extremes;
}

interface CellRecords {
  category: number;
  image: number;
  /** Indices in the records, by falling score: those near some truth; all of them where there is a cut. */
  records: number[];
  /** The last score is cut by the limit of detections. */
  cut: boolean;
}

/** Images and categories where two detections near some truth have one score, or the limit of detections cut between two. */
function cellsWithTies(records: MatchRecords): CellRecords[] {
  const { start, image, score, near, categoryIds, cutTies } = records;
  const cells: CellRecords[] = [];
  for (let category = 0; category < categoryIds.length; category++) {
    const from = start[category]!;
    const to = start[category + 1]!;
    const tied = new Map<number, CellRecords>();
    const mark = (at: number, cut: boolean): void => {
      const cell = tied.get(at) ?? { category, image: at, records: [], cut };
      cell.cut ||= cut;
      tied.set(at, cell);
    };
    // Equal scores are sorted by image: those of one image are neighbours.
    for (let d = from; d < to;) {
      let rivals = near[d]!;
      let next = d + 1;
      for (; next < to && score[next] === score[d] && image[next] === image[d]; next++) rivals += near[next]!;
      if (rivals > 1) mark(image[d]!, false);
      d = next;
    }
    for (const one of cutTies) if (one.category === category) mark(one.image, true);
    if (tied.size === 0) continue;
    for (let d = from; d < to; d++) {
      const cell = tied.get(image[d]!);
      // Far from all truth, a detection is what it is in any order, unless another may stand in its place.
      if (cell !== undefined && (cell.cut || near[d] === 1)) cell.records.push(d);
    }
    cells.push(...tied.values());
  }
  return cells;
}

/** The detections of one image and category with the truth that each could take. */
class Cell {
  readonly size: number;
  /** Positions of each score's detections: group g holds [groupStart[g], groupStart[g + 1]). */
  readonly groupStart: number[] = [];
  readonly candidates: { index: number[]; reached: number[] }[];
  readonly sizes: number[];
  /** Equal boxes are interchangeable. */
  readonly boxKey: string[];
  /** Truth that counts in each area range: never more is found. */
  readonly positives: Int32Array;
  readonly parameters: EvaluationParameters;

  constructor(
    readonly records: CellRecords,
    { score, row }: MatchRecords,
    { box }: Detections,
    readonly truth: OrderedTruth,
  ) {
    this.size = records.records.length;
    this.parameters = truth.parameters;
    const { areaRanges } = this.parameters;
    this.positives = new Int32Array(areaRanges.length);
    let from = truth.start[records.category]!;
    const end = truth.start[records.category + 1]!;
    while (from < end && truth.image[from]! < records.image) from++;
    let to = from;
    while (to < end && truth.image[to] === records.image) to++;
    for (let n = from; n < to; n++) {
      for (let a = 0; a < areaRanges.length; a++) this.positives[a]! += (truth.counts[n]! >> a) & 1;
    }
    const finder = new Candidates(this.parameters);
    this.candidates = records.records.map((d) => {
      finder.collect(box, row[d]!, truth, from, to);
      const { index, reached, count } = finder;
      return { index: [...index.subarray(0, count)], reached: [...reached.subarray(0, count)] };
    });
    this.sizes = records.records.map((d) =>
      areaBits(areaRanges, box[4 * row[d]! + 2]! * box[4 * row[d]! + 3]!),
    );
    this.boxKey = records.records.map((d) => box.subarray(4 * row[d]!, 4 * row[d]! + 4).join());
    records.records.forEach((d, at) => {
      if (at === 0 || score[d] !== score[records.records[at - 1]!]) this.groupStart.push(at);
    });
    this.groupStart.push(this.size);
  }

  /** Sums by area range and threshold, [a · T + t]. */
  get slots(): number {
    return this.positives.length * this.parameters.iouThresholds.length;
  }

  /** Sets of positions of one score that compete for truth: only their order matters. */
  rivals(): number[][] {
    const sets: number[][] = [];
    for (let g = 0; g + 1 < this.groupStart.length; g++) {
      let open: { members: number[]; truth: Set<number> }[] = [];
      for (let at = this.groupStart[g]!; at < this.groupStart[g + 1]!; at++) {
        const mine = this.candidates[at]!.index.filter((n) => this.truth.crowd[n] === 0);
        if (mine.length === 0) continue;
        const touching = open.filter(({ truth }) => mine.some((n) => truth.has(n)));
        open = open.filter((one) => !touching.includes(one));
        open.push({
          members: [...touching.flatMap(({ members }) => members), at],
          truth: new Set([...touching.flatMap(({ truth }) => [...truth]), ...mine]),
        });
      }
      for (const { members } of open) {
        if (new Set(members.map((at) => this.boxKey[at])).size > 1) sets.push(members);
      }
    }
    return sets;
  }

  /** Greedy matching in the order given; calls `count` after each group with the sums so far, [a · T + t]. */
  run(order: Int32Array, count: (group: number, found: Int32Array, wrong: Int32Array) => void): void {
    const [areas, thresholds] = [this.positives.length, this.parameters.iouThresholds.length];
    const all = allThresholds(this.parameters);
    const found = new Int32Array(areas * thresholds);
    const wrong = new Int32Array(areas * thresholds);
    const used = new Map<number, number>();
    for (let g = 0; g + 1 < this.groupStart.length; g++) {
      for (let at = this.groupStart[g]!; at < this.groupStart[g + 1]!; at++) {
        const which = order[at]!;
        for (let a = 0; a < areas; a++) {
          const counted = this.take(used, a, which, 1, all);
          const ignored = this.take(used, a, which, 0, all & ~counted);
          const open = (this.sizes[which]! >> a) & 1 ? all & ~counted & ~ignored : 0;
          for (let t = 0; t < thresholds; t++) {
            found[a * thresholds + t]! += (counted >> t) & 1;
            wrong[a * thresholds + t]! += (open >> t) & 1;
          }
        }
      }
      count(g, found, wrong);
    }
  }

  private take(used: Map<number, number>, a: number, which: number, counting: number, open: number): number {
    const { index, reached } = this.candidates[which]!;
    let taken = 0;
    for (let c = 0; c < index.length; c++) {
      const n = index[c]!;
      if (((this.truth.counts[n]! >> a) & 1) !== counting) continue;
      const key = n * this.positives.length + a;
      const before = used.get(key) ?? 0;
      const bits = open & ~taken & reached[c]! & (this.truth.crowd[n] === 1 ? open : ~before);
      used.set(key, before | bits);
      taken |= bits;
    }
    return taken;
  }
}

/** Sums up to each group: [g][a · T + t]. */
interface Bounds {
  groups: number[][];
  mostTrue: Int32Array[];
  fewestTrue: Int32Array[];
  mostFalse: Int32Array[];
  fewestFalse: Int32Array[];
}

function boundsOf(cell: Cell, mostOrders: number): Bounds | null {
  const rivals = cell.rivals();
  if (rivals.length === 0 && !cell.records.cut) return null;
  const groups = cell.groupStart
    .slice(0, -1)
    .map((from, g) => cell.records.records.slice(from, cell.groupStart[g + 1]));
  const filled = (value: number): Int32Array[] => groups.map(() => new Int32Array(cell.slots).fill(value));
  const bounds: Bounds = {
    groups,
    mostTrue: filled(0),
    fewestTrue: filled(1e9),
    mostFalse: filled(0),
    fewestFalse: filled(1e9),
  };
  const order = Int32Array.from({ length: cell.size }, (_, at) => at);
  const note = (g: number, found: Int32Array, wrong: Int32Array): void => {
    for (let slot = 0; slot < found.length; slot++) {
      bounds.mostTrue[g]![slot] = Math.max(bounds.mostTrue[g]![slot]!, found[slot]!);
      bounds.fewestTrue[g]![slot] = Math.min(bounds.fewestTrue[g]![slot]!, found[slot]!);
      bounds.mostFalse[g]![slot] = Math.max(bounds.mostFalse[g]![slot]!, wrong[slot]!);
      bounds.fewestFalse[g]![slot] = Math.min(bounds.fewestFalse[g]![slot]!, wrong[slot]!);
    }
  };
  let tried = 0;
  const permute = (set: number): boolean => {
    if (set === rivals.length) {
      cell.run(order, note);
      return ++tried < mostOrders;
    }
    const rivalsOfSet = rivals[set]!;
    return distinctOrders(
      rivalsOfSet,
      (at) => cell.boxKey[at]!,
      (members) => {
        rivalsOfSet.forEach((rival, at) => (order[rival] = members[at]!));
        return permute(set + 1);
      },
    );
  };
  if (!permute(0)) widen(cell, bounds);
  if (cell.records.cut) openLastGroup(cell, bounds);
  return bounds;
}

/**
 * Bounds without trying all orders. Whatever the order, matching takes truth until no detection has free truth left, and two
 * such matchings differ by a factor of two at most. Any detection of the size may be false.
 */
function widen(cell: Cell, bounds: Bounds): void {
  const thresholds = cell.parameters.iouThresholds.length;
  for (let g = 0; g < bounds.groups.length; g++) {
    for (let a = 0; a < cell.positives.length; a++) {
      let inRange = 0;
      for (let at = 0; at < cell.groupStart[g + 1]!; at++) inRange += (cell.sizes[at]! >> a) & 1;
      for (let slot = a * thresholds; slot < (a + 1) * thresholds; slot++) {
        const seen = bounds.mostTrue[g]![slot]!;
        bounds.mostTrue[g]![slot] = Math.min(
          2 * bounds.fewestTrue[g]![slot]!,
          cell.groupStart[g + 1]!,
          cell.positives[a]!,
        );
        bounds.fewestTrue[g]![slot] = Math.ceil(seen / 2);
        bounds.mostFalse[g]![slot] = inRange;
        bounds.fewestFalse[g]![slot] = 0;
      }
    }
  }
  // A score adds no more true positives than it has detections: what lacks must have come before.
  for (let g = bounds.groups.length - 1; g > 0; g--) {
    for (let slot = 0; slot < cell.slots; slot++) {
      const least = bounds.mostTrue[g]![slot]! - bounds.groups[g]!.length;
      bounds.mostTrue[g - 1]![slot] = Math.max(bounds.mostTrue[g - 1]![slot]!, least);
    }
  }
}

/** Of the last score, any detections may be in: from all false to all true. */
function openLastGroup(cell: Cell, { groups, mostTrue, fewestTrue, mostFalse, fewestFalse }: Bounds): void {
  const last = groups.length - 1;
  const kept = groups[last]!.length;
  const thresholds = cell.parameters.iouThresholds.length;
  for (let slot = 0; slot < cell.slots; slot++) {
    const before = (sums: Int32Array[]): number => (last === 0 ? 0 : sums[last - 1]![slot]!);
    const positives = cell.positives[Math.floor(slot / thresholds)]!;
    mostTrue[last]![slot] = Math.min(before(mostTrue) + kept, positives);
    fewestTrue[last]![slot] = before(fewestTrue);
    mostFalse[last]![slot] = before(mostFalse) + kept;
    fewestFalse[last]![slot] = before(fewestFalse);
  }
}

/** Sets as many bits in each group as the sums grow by. */
function write(records: MatchRecords, groups: number[][], trues: Int32Array[], falses: Int32Array[]): void {
  const { truePositive, falsePositive, count, parameters } = records;
  const thresholds = parameters.iouThresholds.length;
  groups.forEach((members, g) => {
    for (let a = 0; a < parameters.areaRanges.length; a++) {
      members.forEach((d, at) => {
        let hit = 0;
        let miss = 0;
        for (let t = 0; t < thresholds; t++) {
          const slot = a * thresholds + t;
          const grown = (sums: Int32Array[]): number => sums[g]![slot]! - (g === 0 ? 0 : sums[g - 1]![slot]!);
          if (at < grown(trues)) hit |= 1 << t;
          if (at < grown(falses)) miss |= 1 << t;
        }
        truePositive[a * count + d] = hit;
        falsePositive[a * count + d] = miss;
      });
    }
  });
}

function withOwnBits(records: MatchRecords): MatchRecords {
  return {
    ...records,
    truePositive: records.truePositive.slice(),
    falsePositive: records.falsePositive.slice(),
  };
}
