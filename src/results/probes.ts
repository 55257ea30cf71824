import type { BenchmarkResults, StageRecord, TrialRecord } from './records';

/** How good initial weights are in the task that they were pre-trained for, on pictures that no stage trained on. */
export interface ProbeRecord {
  /** Key of the stage. */
  readonly key: string;
  readonly measure: 'top-1' | 'linear-probe' | 'AP';
  /** In [0, 1]. */
  readonly value: number;
  /** As far as the pictures go. */
  readonly interval: { readonly low: number; readonly high: number };
  readonly pictures: number;
}

/** A matrix of a thousand trials has some probes among thousands of stages. */
const probesOf = new WeakMap<readonly StageRecord[], readonly StageRecord[]>();

/** What the probe of a trial's initial weights measured; undefined for weights without one, or while it has not run. */
export function probeOf(
  { stageKeys }: Pick<TrialRecord, 'stageKeys'>,
  { stages }: Pick<BenchmarkResults, 'stages'>,
): ProbeRecord | undefined {
  let probes = probesOf.get(stages);
  if (probes === undefined) {
    probes = stages.filter(({ kind }) => kind === 'probe');
    probesOf.set(stages, probes);
  }
  const own = new Set(stageKeys);
  return probes
    .filter(({ inputs }) => own.has(inputs['from'] ?? ''))
    .sort((a, b) => ((a.endedAt ?? '') < (b.endedAt ?? '') ? 1 : -1))
    .map(recordOf)
    .find((record) => record !== undefined);
}

function recordOf({ key, status, summary }: StageRecord): ProbeRecord | undefined {
  if (status !== 'done' || summary === undefined) return undefined;
  const { measure, value, low, high, pictures } = summary;
  if (measure !== 'top-1' && measure !== 'linear-probe' && measure !== 'AP') return undefined;
  const numbers = [value, low, high, pictures];
  if (!numbers.every((number) => typeof number === 'number')) return undefined;
  const [first, from, to, count] = numbers as [number, number, number, number];
  return { key, measure, value: first, interval: { low: from, high: to }, pictures: count };
}

const measures: Readonly<Record<ProbeRecord['measure'], string>> = {
  'top-1': 'top-1',
  'linear-probe': 'top-1 of a linear probe',
  AP: 'AP',
};

/** `top-1 61.5 % (56.7–66.1) on 400 held-out pictures` */
export function probeInWords({ measure, value, interval, pictures }: ProbeRecord): string {
  const percent = (share: number) => (100 * share).toFixed(1);
  const unit = measure === 'AP' ? '' : '\u202f%';
  return `${measures[measure]} ${percent(value)}${unit} (${percent(interval.low)}–${percent(interval.high)}) on ${pictures} held-out pictures`;
}
