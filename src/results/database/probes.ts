import type { BenchmarkResults, StageRecord, TrialRecord } from './records';

/** How good initial weights are in the task that they were pre-trained for, on images that no stage trained on. */
export interface ProbeRecord {
  /** Key of the stage. */
  readonly key: string;
  readonly measure: 'top-1' | 'linear-probe' | 'AP';
  /** In [0, 1]. */
  readonly value: number;
  /** As far as the images go. */
  readonly interval: { readonly low: number; readonly high: number };
  readonly images: number;
}

/** What the probe of a trial's initial weights measured; undefined for weights without one, or while it has not run. */
export function probeOf(
  { stageKeys }: Pick<TrialRecord, 'stageKeys'>,
  { stages }: Pick<BenchmarkResults, 'stages'>,
): ProbeRecord | undefined {
  const byWeights = probesByWeights(stages);
  return stageKeys
    .flatMap((key) => byWeights.get(key) ?? [])
    .sort((a, b) => ((a.endedAt ?? '') < (b.endedAt ?? '') ? 1 : -1))
    .map(recordOf)
    .find((record) => record !== undefined);
}

const known = new WeakMap<readonly StageRecord[], ReadonlyMap<string, readonly StageRecord[]>>();

/** Key of the weights → their probes; looked for once, however many trials ask. */
function probesByWeights(stages: readonly StageRecord[]): ReadonlyMap<string, readonly StageRecord[]> {
  const found = known.get(stages);
  if (found !== undefined) return found;
  const byWeights = new Map<string, StageRecord[]>();
  for (const stage of stages) {
    if (stage.kind !== 'probe') continue;
    const weights = stage.inputs['from'] ?? '';
    byWeights.set(weights, [...(byWeights.get(weights) ?? []), stage]);
  }
  known.set(stages, byWeights);
  return byWeights;
}

function recordOf({ key, status, summary }: StageRecord): ProbeRecord | undefined {
  if (status !== 'done' || summary === undefined) return undefined;
  const { measure, value, low, high, images } = summary;
  if (measure !== 'top-1' && measure !== 'linear-probe' && measure !== 'AP') return undefined;
  const numbers = [value, low, high, images];
  if (!numbers.every((number) => typeof number === 'number')) return undefined;
  const [first, from, to, count] = numbers as [number, number, number, number];
  return { key, measure, value: first, interval: { low: from, high: to }, images: count };
}

const measures: Readonly<Record<ProbeRecord['measure'], string>> = {
  'top-1': 'top-1',
  'linear-probe': 'top-1 of a linear probe',
  AP: 'AP',
};

/** `top-1 61.5 % (56.7–66.1) on 400 held-out images` */
export function probeInWords({ measure, value, interval, images }: ProbeRecord): string {
  const percent = (share: number) => (100 * share).toFixed(1);
  const unit = measure === 'AP' ? '' : '\u202f%';
  return `${measures[measure]} ${percent(value)}${unit} (${percent(interval.low)}–${percent(interval.high)}) on ${images} held-out images`;
}
