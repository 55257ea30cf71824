import type { PlannedStage } from '../../core/plan/stage';
import { timeLeft } from '../execution/time-left';
import type { MachineCalibration, MeasuredRate } from './calibration';
import { type PlanContext, type Workload, workloadOf } from '../planning/workload';

/** What a stage's seconds are based on. */
export type Basis =
  /** The same workload was measured on this machine. */
  | 'measured'
  /** From the rate at which this machine computes a similar workload. */
  | 'rate'
  /** Its workload is unknown, or no similar one was measured. */
  | 'unknown';

export interface StageForecast {
  readonly key: string;
  readonly kind: PlannedStage['kind'];
  readonly label: string;
  readonly basis: Basis;
  /** Counted from the architecture; `null` for a custom stage. */
  readonly flops: number | null;
  readonly deviceSeconds: number | null;
  readonly wallSeconds: number | null;
  readonly energyJ: number | null;
  readonly bytes: number | null;
  /** Seconds after which the stage is stopped. */
  readonly timeLimitSeconds?: number;
}

export interface ForecastTotals {
  readonly stages: number;
  readonly flops: number;
  readonly images: number;
  readonly bytes: number;
  /** `null` without a calibration. */
  readonly deviceSeconds: number | null;
  readonly energyJ: number | null;
  /** With the given slots; at least the longest chain of stages. */
  readonly wallSeconds: number | null;
  /** Stages of unknown workload, not part of the totals. */
  readonly unknown: number;
  /** Stages forecast by a rate rather than by a measurement of their own workload. */
  readonly byRate: number;
}

export interface Forecast {
  readonly stages: readonly StageForecast[];
  /** All stages that are forecast. */
  readonly whole: ForecastTotals;
  /** Stages without an artifact. */
  readonly remaining: ForecastTotals;
}

/** A stage's forecast and what it follows from. */
interface Row {
  readonly stage: PlannedStage;
  readonly workload: Workload | undefined;
  readonly forecast: StageForecast;
}

export interface ForecastSetting {
  readonly slots: number;
  /** Keys of the stages that are finished already. */
  readonly done: ReadonlySet<string>;
}

/**
 * What a plan will cost, before anything runs. Pure.
 *
 * @param stages parents before children
 * @param chosen stages to forecast; all by default
 */
export function forecastPlan(
  stages: readonly PlannedStage[],
  imageCountOf: PlanContext['images'],
  calibration: MachineCalibration | undefined,
  { slots, done }: ForecastSetting,
  chosen = stages,
): Forecast {
  const context = { stages: new Map(stages.map((stage) => [stage.key, stage])), images: imageCountOf };
  const rows = chosen.map((stage): Row => {
    const workload = workloadOf(stage, context);
    return { stage, workload, forecast: forecastStage(stage, workload, calibration) };
  });
  const isTimed = calibration !== undefined;
  return {
    stages: rows.map(({ forecast }) => forecast),
    whole: totalsOf(rows, isTimed, slots),
    remaining: totalsOf(
      rows.filter(({ stage }) => !done.has(stage.key)),
      isTimed,
      slots,
    ),
  };
}

function totalsOf(chosen: readonly Row[], isTimed: boolean, slots: number): ForecastTotals {
  const known = chosen.filter(({ forecast }) => forecast.wallSeconds !== null);
  const sum = (values: readonly (number | null | undefined)[]) =>
    values.reduce<number>((total, value) => total + (value ?? 0), 0);
  const energies = known.map(({ forecast }) => forecast.energyJ);
  return {
    stages: chosen.length,
    flops: sum(chosen.map(({ forecast }) => forecast.flops)),
    images: sum(chosen.map(({ workload }) => workload?.images)),
    bytes: sum(chosen.map(({ forecast }) => forecast.bytes)),
    deviceSeconds: isTimed ? sum(known.map(({ forecast }) => forecast.deviceSeconds)) : null,
    energyJ: isTimed && energies.every((joules) => joules !== null) ? sum(energies) : null,
    wallSeconds: isTimed
      ? timeLeft(
          known.map(({ stage, forecast }) => ({
            key: stage.key,
            seconds: forecast.wallSeconds!,
            parents: Object.values(stage.inputs),
          })),
          slots,
        )
      : null,
    unknown: chosen.filter(({ forecast }) => forecast.basis === 'unknown').length,
    byRate: chosen.filter(({ forecast }) => forecast.basis === 'rate').length,
  };
}

function forecastStage(
  { key, kind, label, timeLimitSeconds }: PlannedStage,
  workload: Workload | undefined,
  calibration: MachineCalibration | undefined,
): StageForecast {
  if (workload === undefined) {
    const nothing = { flops: null, deviceSeconds: null, wallSeconds: null, energyJ: null, bytes: null };
    return { key, kind, label, basis: 'unknown', ...nothing };
  }
  const counted = { flops: workload.units * workload.flopsPerUnit, bytes: workload.bytes };
  const found = calibration && speedOf(workload, calibration.workloads);
  if (found === undefined) {
    const untimed = { deviceSeconds: null, wallSeconds: null, energyJ: null };
    return { key, kind, label, basis: 'unknown', ...counted, ...untimed };
  }
  const { basis, speed } = found;
  const wallSeconds = speed.overheadSeconds + workload.units * speed.secondsPerUnit;
  return {
    key,
    kind,
    label,
    basis,
    ...counted,
    deviceSeconds: workload.units * speed.deviceSecondsPerUnit,
    wallSeconds,
    energyJ: speed.watts === undefined ? null : speed.watts * wallSeconds,
    timeLimitSeconds,
  };
}

/** The workload's own measurement, or that of the most similar one, stretched by the FLOPs of a unit. */
function speedOf(
  workload: Workload,
  measured: readonly MeasuredRate[],
): { basis: Basis; speed: MeasuredRate } | undefined {
  const own = measured.find(({ key }) => key === workload.key);
  if (own !== undefined && own.scaled === undefined) return { basis: 'measured', speed: own };
  // Importing a checkpoint is a process that starts, reads and writes, as scoring is.
  const measuredKind = workload.kind === 'checkpoint' ? 'evaluate' : workload.kind;
  const ofKind = measured.filter(({ kind }) => kind === measuredKind);
  const distance = (other: MeasuredRate) =>
    (other.key === workload.key ? 0 : other.network === workload.network ? 1 : 2) +
    // Among equals that of the most similar size; the logarithm of the ratio is far below 100.
    Math.abs(Math.log10(Math.max(1, other.flopsPerUnit) / Math.max(1, workload.flopsPerUnit))) / 100;
  const nearest = [...ofKind].sort((a, b) => distance(a) - distance(b))[0];
  if (nearest === undefined) return undefined;
  const stretch = nearest.flopsPerUnit > 0 ? workload.flopsPerUnit / nearest.flopsPerUnit : 1;
  return {
    basis: 'rate',
    speed: {
      ...nearest,
      deviceSecondsPerUnit: nearest.deviceSecondsPerUnit * stretch,
      secondsPerUnit: nearest.secondsPerUnit * stretch,
    },
  };
}
