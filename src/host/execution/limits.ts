import { totalmem } from 'node:os';
import type { PlannedStage, StageKind } from '../../core/plan/stage';
import { stageKinds } from '../../core/plan/stage-kinds';

const HOUR = 3600;

/** Of the machine's memory; the rest is for the system and the host. */
const MEMORY_SHARE = 0.9;
const DEFAULT_DISK_BYTES = 64 * 2 ** 30;

export interface LimitOptions {
  /** Seconds by kind of stage; a stage's own limit goes before. */
  readonly timeLimits?: Partial<Readonly<Record<StageKind, number>>>;
  /** Resident bytes of a stage's process and all that it starts; default: 90 % of the memory, divided by the slots. */
  readonly memoryLimitBytes?: number;
  /** Bytes that a stage may leave as its artifact and its resume point; default 64 GiB. */
  readonly diskLimitBytes?: number;
}

export interface StageLimits {
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

export function limitsOf(stage: PlannedStage, options: LimitOptions, slots: number): StageLimits {
  // Inside a container its own limit holds, not the machine's memory.
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return {
    seconds:
      stage.timeLimitSeconds ??
      options.timeLimits?.[stage.kind] ??
      stageKinds[stage.kind].timeLimitHours * HOUR,
    memoryBytes: options.memoryLimitBytes ?? Math.floor((memory * MEMORY_SHARE) / slots),
    diskBytes: options.diskLimitBytes ?? DEFAULT_DISK_BYTES,
  };
}
