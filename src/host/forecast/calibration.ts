import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { z } from 'zod';
import { version } from '../../../package.json';
import { replaceFileDurably } from '../../core/files/atomic-file';
import type { EngineIdentity } from '../planning/stage-key';
import { canonicalJson } from '../../core/json/canonical-json';
import { RethinkError } from '../../contract';
import { Workspace } from '../../core/artifact/workspace';

const amount = z.number().min(0);

const machineSchema = z.strictObject({
  cpu: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  gpu: z.string().optional(),
  node: z.string(),
  backend: z.string(),
  engine: z.string(),
  threads: z.number(),
  rethink: z.string(),
  /** Stages that ran in parallel during the measurement: they share caches and memory. */
  slots: z.number(),
});
/** What a measurement depends on; when any of it changes, the machine is measured again. */
export type Machine = z.infer<typeof machineSchema>;

const measuredSchema = z.strictObject({
  /** Of `Workload`. */
  key: z.string(),
  kind: z.enum(['train', 'inference', 'evaluate', 'checkpoint']),
  network: z.string(),
  /** Of what was measured, counted from the architecture. */
  flopsPerUnit: amount,
  deviceSecondsPerUnit: amount,
  /** Device and waiting for data together. */
  secondsPerUnit: amount,
  /** Start of the process, compilation, first images, writing the artifact. */
  overheadSeconds: amount,
  /** Mean power while the stage ran, where energy is known. */
  watts: amount.optional(),
  /** How the workload was made smaller for the measurement; absent where it was not. */
  scaled: z.string().optional(),
});
export type MeasuredRate = z.infer<typeof measuredSchema>;

const calibrationSchema = z.strictObject({
  schemaVersion: z.literal(1),
  machine: machineSchema,
  measuredAt: z.string(),
  wallSeconds: amount,
  workloads: z.array(measuredSchema),
});
/** How fast this machine runs stages. */
export type MachineCalibration = z.infer<typeof calibrationSchema>;

export function describeMachine(engine: EngineIdentity, slots: number, gpu?: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? process.arch,
    cores: cpus().length,
    memoryBytes: totalmem(),
    ...(gpu === undefined ? {} : { gpu }),
    node: process.version,
    backend: engine.backend,
    engine: engine.version,
    threads: engine.threads,
    rethink: version,
    slots,
  };
}

export function calibrationFile(workspace: string): string {
  return new Workspace(workspace).calibration;
}

/**
 * The workspace's calibration, if it was made on this machine with these versions.
 *
 * @throws RethinkError `CALIBRATION_BROKEN` for an invalid file
 */
export function readCalibration(workspace: string, machine: Machine): MachineCalibration | undefined {
  const file = calibrationFile(workspace);
  if (!existsSync(file)) return undefined;
  let calibration: MachineCalibration;
  try {
    calibration = calibrationSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new RethinkError('CALIBRATION_BROKEN', 'The calibration cannot be read.', {
      location: { file },
      hint: 'Delete it; rethink calibrate measures the machine again.',
      cause,
    });
  }
  return canonicalJson(calibration.machine) === canonicalJson(machine) ? calibration : undefined;
}

/** Adds measurements to those of the same machine; those of another one are dropped. */
export function saveCalibration(
  workspace: string,
  fresh: MachineCalibration,
  before: MachineCalibration | undefined,
): MachineCalibration {
  const keys = new Set(fresh.workloads.map(({ key }) => key));
  const unchanged = before?.workloads.filter(({ key }) => !keys.has(key)) ?? [];
  const merged = { ...fresh, workloads: [...unchanged, ...fresh.workloads] };
  mkdirSync(workspace, { recursive: true });
  replaceFileDurably(calibrationFile(workspace), `${JSON.stringify(merged, null, 2)}\n`);
  return merged;
}
