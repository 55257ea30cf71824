import { IOU_THRESHOLDS, RECALL_LEVELS } from './parameters';
import { type Events, type PrecisionRecallInput, type ResampledPrecision } from './resample-layout';

const THRESHOLDS = IOU_THRESHOLDS.length;
const LEVELS = RECALL_LEVELS.length;

/**
 * Forward over the curve, with the best precision of each recall level's own points: along the curve precision falls more
 * than it rises, so that a new best is rare, and foreseen by the processor.
 */
export class PlainPrecision implements ResampledPrecision {
  readonly lanes = 1;
  /** Of each detection that is not always false: its weight, and the weight of all down to it, were they all to count. */
  private readonly weight: Float64Array;
  private readonly all: Float64Array;
  /** Least weight that reaches each recall level; beyond the last, what is never reached. */
  private readonly needed = new Float64Array(LEVELS + 1).fill(Infinity);
  /** Best precision of the points that reach a level and not the next one. */
  private readonly best = new Float64Array(LEVELS);

  private readonly result = new Float64Array(THRESHOLDS);
  private weights: Uint16Array = new Uint16Array();

  constructor(private readonly slices: readonly PrecisionRecallInput[]) {
    const capacity = slices.reduce((most, { image }) => Math.max(most, image.length), 0);
    this.weight = new Float64Array(capacity);
    this.all = new Float64Array(capacity);
  }

  setWeights(_lane: number, weights: Uint16Array): void {
    this.weights = weights;
  }

  averagePrecision(index: number): Float64Array {
    const slice = this.slices[index]!;
    const { truthImage, events } = slice;
    const { weights, result } = this;
    let positives = 0;
    for (let n = 0; n < truthImage.length; n++) positives += weights[truthImage[n]!]!;
    if (positives === 0) return result.fill(NaN);
    this.findLevels(positives);
    this.addUp(slice, weights);
    for (let t = 0; t < THRESHOLDS; t++) result[t] = this.interpolated(events[t]!);
    return result;
  }

  private addUp({ alwaysFalse, image, before }: PrecisionRecallInput, weights: Uint16Array): void {
    const { weight, all } = this;
    let sum = 0;
    let d = 0;
    for (let e = 0; e < image.length; e++) {
      for (const end = before[e]!; d < end; d++) sum = (sum + weights[alwaysFalse[d]!]!) | 0;
      const own = weights[image[e]!]!;
      sum = (sum + own) | 0;
      weight[e] = own;
      all[e] = sum;
    }
  }

  /** Weights are whole numbers, so that a level is reached from some whole number on: found / positives ≥ level. */
  private findLevels(positives: number): void {
    const { needed } = this;
    for (let level = 0; level < LEVELS; level++) {
      const recall = RECALL_LEVELS[level]!;
      let least = Math.ceil(recall * positives);
      while (least > 0 && (least - 1) / positives >= recall) least--;
      while (least / positives < recall) least++;
      needed[level] = least;
    }
  }

  /**
   * Detections whose image was not drawn make points too: of the recall of the point before them and of no better
   * precision, so that they change nothing.
   */
  private interpolated({ places, uncounted }: Events): number {
    const { weight, all, needed, best: bests } = this;
    bests.fill(0);
    let found = 0;
    let out = 0;
    let left = 0;
    let level = 0;
    let next = needed[1]!;
    let best = 0;
    for (let i = 0; i < places.length; i++) {
      const place = places[i]!;
      for (; left < uncounted.length && uncounted[left]! < place; left++) out += weight[uncounted[left]!]!;
      found += weight[place]!;
      while (found >= next) {
        bests[level++] = best;
        best = 0;
        next = needed[level + 1]!;
      }
      const counted = all[place]! - out;
      // Dividing only what is a new best; nothing has been drawn where nothing is counted.
      if (found > best * counted) best = found / counted;
    }
    bests[level] = best;
    let sum = 0;
    let beyond = 0;
    for (level = LEVELS - 1; level >= 0; level--) {
      beyond = Math.max(beyond, bests[level]!);
      sum += beyond;
    }
    return sum / LEVELS;
  }
}
