import type { PlannedStage } from '../../core/plan/stage';
import type { DetectorSpec } from '../../core/plan/detector-spec';
import { declaredByPlugin, type Ledger } from '../../core/plan/ledger';
import { workloadOf } from '../../host/planning/workload';
import type { StageRecord } from '../../results/database/records';
import { table } from '../templates/table';
import { formatAmount } from '../../core/cost/metrics';
import { formatBytes, formatFlops, noValue } from '../../core/text/units';

/** Parts of a training step, in their order. */
const stepPhases = ['forward', 'backward', 'update'] as const;

/** What each stage that has run computed, how long it took, and what power it drew. */
export function stageCostView(stages: readonly StageRecord[]) {
  const planned = new Map(stages.map((stage) => [stage.key, stage as unknown as PlannedStage]));
  const ran = stages.flatMap((stage) =>
    stage.ledger === undefined ? [] : [{ stage, ledger: stage.ledger }],
  );
  const estimated = new Set(ran.flatMap(({ ledger }) => ledger.energy?.method ?? []));
  const unknown = ran.flatMap(({ stage, ledger }) =>
    Object.entries(ledger.unknownKernels).map(([kernel, times]) => `${kernel} (${stage.label}, ${times}×)`),
  );
  return {
    table: table({
      title: 'What each stage did',
      rows: ran,
      columns: [
        { name: 'Stage', isHeader: true, cell: ({ stage }) => stage.label },
        {
          name: 'Metered',
          isNumber: true,
          cell: ({ ledger: { flops } }) => (flops > 0 ? formatFlops(flops) : noValue),
        },
        {
          name: 'By architecture',
          isNumber: true,
          cell: ({ stage, ledger }) => countedBeside(ledger, countedFlops(stage, ledger, planned)),
        },
        { name: 'Forward / backward / update', cell: ({ ledger }) => byPhase(ledger) },
        {
          name: 'Energy',
          isNumber: true,
          cell: ({ ledger: { energy } }) => formatAmount('energyJ', energy?.joules ?? null),
        },
        {
          name: 'GPU memory',
          isNumber: true,
          cell: ({ ledger: { peakDeviceMemoryBytes: bytes } }) =>
            bytes === undefined ? noValue : formatBytes(bytes),
        },
        { name: 'Wall time, s', className: 'far wraps', cell: ({ ledger }) => secondsOf(ledger) },
      ],
    }),
    energyNote: [...estimated].join('; '),
    unknownNote: unknown.join(', '),
  };
}

/** Wall time by phase, and that of failed attempts. */
const secondsOf = ({ secondsByPhase, lostSeconds }: Ledger): string =>
  Object.entries(secondsByPhase)
    .filter(([, seconds]) => seconds >= 0.05)
    .map(([phase, seconds]) => `${phase} ${seconds.toFixed(1)}`)
    .concat(lostSeconds === undefined ? [] : [`failed attempts ${lostSeconds.toFixed(1)}`])
    .join(' · ');

/** Detectors by their text: each stage was read with one of its own, and what is counted of one serves all that are alike. */
const detectors = new Map<string, DetectorSpec>();

function withSharedDetector(stage: PlannedStage): PlannedStage {
  const { detector } = stage.parameters as { readonly detector?: DetectorSpec };
  if (detector === undefined) return stage;
  const text = JSON.stringify(detector);
  const shared = detectors.get(text) ?? detector;
  detectors.set(text, shared);
  return { ...stage, parameters: { ...stage.parameters, detector: shared } } as PlannedStage;
}

const counted = new WeakMap<StageRecord, number | undefined>();

/** FLOPs by the architecture alone; `undefined` where a stage has none, or was planned by other rules. Once for a stage. */
function countedFlops(
  stage: StageRecord,
  ledger: Ledger,
  stages: ReadonlyMap<string, PlannedStage>,
): number | undefined {
  if (!counted.has(stage)) counted.set(stage, countFlops(stage, ledger, stages));
  return counted.get(stage);
}

function countFlops(
  stage: StageRecord,
  { imagesSeen }: Ledger,
  stages: ReadonlyMap<string, PlannedStage>,
): number | undefined {
  try {
    const given = withSharedDetector(stage as unknown as PlannedStage);
    const whole =
      given.kind === 'detect' || given.kind === 'pseudo-label'
        ? {
            ...given,
            parameters: {
              ...given.parameters,
              // All that were seen, whatever part of the data they were; those that a threshold was chosen on are among them.
              images: { ...given.parameters.images, fraction: 1, rest: undefined, after: undefined },
              ...(given.kind === 'pseudo-label' && { scoreThreshold: 1 }),
            },
          }
        : given;
    const workload = workloadOf(whole as PlannedStage, { stages, images: () => imagesSeen });
    return workload && workload.units * workload.flopsPerUnit;
  } catch {
    // Results of an older version may describe a network in words that are not known any more.
    return undefined;
  }
}

function countedBeside(ledger: Ledger, counted: number | undefined): string {
  if (ledger.flopsByPhase[declaredByPlugin] !== undefined) return declaredByPlugin;
  if (ledger.declared === true || counted === undefined || counted === 0 || ledger.flops === 0)
    return noValue;
  const percent = 100 * (counted / ledger.flops - 1);
  return `${formatFlops(counted)} (${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %)`;
}

/** Shares of FLOPs, and of the device time as far as FLOPs tell it: the step is one graph. */
function byPhase({ flops, flopsByPhase, deviceSeconds }: Ledger): string {
  if (stepPhases.some((phase) => flopsByPhase[phase] === undefined) || flops === 0) return noValue;
  const shares = stepPhases.map((phase) => flopsByPhase[phase]! / flops);
  const percent = shares.map((share) => (100 * share).toFixed(1)).join(' / ');
  const seconds = shares.map((share) => (share * deviceSeconds).toFixed(1)).join(' / ');
  return `${percent} %, ≈ ${seconds} s`;
}
