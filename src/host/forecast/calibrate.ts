import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactStore } from '../../core/artifact/artifact-store';
import type { PlannedBenchmark } from '../planning/planning.service';
import { RethinkError } from '../../contract';
import type { RunListener } from '../../core/plan/run-events';
import type { AttemptFailure } from '../../core/plan/failure';
import { type OutcomeFile, readOutcomeFile } from '../../core/plan/outcome-file';
import { runPlan } from '../execution/run-plan';
import { artifactFiles } from '../../core/plan/stage-job';
import type { CurveEntry } from '../../learning/training/curve';
import { type MachineCalibration, type Machine, type MeasuredRate, saveCalibration } from './calibration';
import { calibrationProbes, type Probe } from './calibration-plan';
import { runSettings } from '../planning/run-settings';
import type { PlanContext } from '../planning/workload';
import { Workspace } from '../../core/artifact/workspace';

export interface CalibrateOptions {
  readonly workspace: string;
  readonly machine: Machine;
  readonly before?: MachineCalibration;
  readonly context: PlanContext;
  /** Probes that take longer in total do not count. */
  readonly budgetSeconds: number;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
}

export interface CalibrateResult {
  readonly calibration: MachineCalibration | undefined;
  readonly measured: number;
  /** Probes that did not finish within the budget. */
  readonly missed: number;
  readonly failed: readonly { readonly label: string; readonly message: string }[];
}

/**
 * Measures the speed of a benchmark's stages by short stages of the same kind in the same processes, in parallel in as
 * many slots. What was measured before on this machine is not measured again.
 *
 * @throws RethinkError `CALIBRATION_FAILED` when no probe finished; nothing is saved then
 */
export async function calibrate(
  planned: PlannedBenchmark,
  options: CalibrateOptions,
): Promise<CalibrateResult> {
  const { workspace, machine, before, context } = options;
  const known = new Set(before?.workloads.map(({ key }) => key));
  const probes = calibrationProbes(planned.plan, context, known);
  if (probes.length === 0) return { calibration: before, measured: 0, missed: 0, failed: [] };
  const folder = new Workspace(workspace).calibrationRun;
  rmSync(folder, { recursive: true, force: true });
  const deadline = AbortSignal.timeout(options.budgetSeconds * 1000);
  const start = performance.now();
  try {
    let done = 0;
    const count: RunListener = { stageFinished: () => options.progress?.(++done, probes.length) };
    const summary = await runPlan(
      { ...planned.plan, trials: [], stages: probes.map(({ stage }) => stage) },
      {
        ...runSettings(planned),
        workspace: folder,
        slots: machine.slots,
        listeners: [count],
        signal: options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]),
        graceSeconds: 2,
        command: 'calibrate',
      },
    );
    const store = new ArtifactStore(folder);
    const finished = new Set(summary.finished);
    const workloads = probes
      .filter(({ stage }) => finished.has(stage.key))
      .map((probe) => measuredBy(probe, store.folder(probe.stage.key)));
    if (workloads.length === 0) throw noneFinished(summary.failed[0]?.failure, options.budgetSeconds);
    const fresh = {
      schemaVersion: 1 as const,
      machine,
      measuredAt: new Date().toISOString(),
      wallSeconds: (performance.now() - start) / 1000,
      workloads,
    };
    return {
      calibration: saveCalibration(workspace, fresh, before),
      measured: workloads.length,
      missed: probes.length - workloads.length - summary.failed.length,
      failed: summary.failed.map(({ stage, failure }) => ({ label: stage.label, message: failure.message })),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function noneFinished(failure: AttemptFailure | undefined, budgetSeconds: number): RethinkError {
  return new RethinkError(
    'CALIBRATION_FAILED',
    failure?.message ?? `No probe finished within ${budgetSeconds} s.`,
    { hint: failure?.hint ?? 'Give it more time: --budget <seconds>' },
  );
}

function measuredBy(probe: Probe, folder: string): MeasuredRate {
  const { key, kind, network, units, flopsPerUnit, scaled } = probe;
  const outcome = readOutcomeFile(folder);
  const { ledger } = outcome;
  const secondsPerUnit = unitSeconds(probe, outcome, folder);
  return {
    key,
    kind,
    network,
    flopsPerUnit: kind === 'train' ? flopsPerUnit : ledger.flops / units,
    deviceSecondsPerUnit: secondsPerUnit * deviceShare(outcome),
    secondsPerUnit,
    overheadSeconds: Math.max(0, ledger.wallSeconds - units * secondsPerUnit),
    ...(ledger.energy === undefined ? {} : { watts: ledger.energy.joules / ledger.wallSeconds }),
    ...(scaled === undefined ? {} : { scaled }),
  };
}

/** Share of the device in the time of the units, the first ones, which warm up, included. */
function deviceShare({ ledger }: OutcomeFile): number {
  const { data = 0, compute = 0, decode = 0 } = ledger.secondsByPhase;
  const all = data + compute + decode;
  return ledger.deviceSeconds === 0 || all === 0 ? 0 : compute / all;
}

/** Seconds of a step or an image after warming up. */
function unitSeconds({ stage, units }: Probe, { ledger }: OutcomeFile, folder: string): number {
  const phases = ledger.secondsByPhase;
  if (stage.kind !== 'train') {
    const { data = 0, compute = 0, decode = 0 } = phases;
    return (data + compute + decode) / units;
  }
  const curve = JSON.parse(readFileSync(join(folder, artifactFiles.curve), 'utf8')) as CurveEntry[];
  // In the first half of the curve images are decoded that later steps find in memory.
  const settled = curve.slice(Math.floor(curve.length / 2));
  const images = ledger.imagesSeen / units;
  return settled.reduce((sum, { imagesPerSecond }) => sum + images / imagesPerSecond, 0) / settled.length;
}
