import { type DataAccess, invalidReason } from './data-access';
import type { RecordedFailure } from '../../core/plan/failure';
import type { StageStatus, TrialStatus } from './records';

/** A stage as its trials' status needs it. */
export interface TrialStageState {
  readonly label: string;
  readonly status: StageStatus;
  readonly failure?: RecordedFailure | null;
}

export interface TrialState {
  readonly status: TrialStatus;
  readonly code: string | null;
  readonly reason: string | null;
  readonly logFile: string | null;
}

const state = (status: TrialStatus, rest: Partial<TrialState> = {}): TrialState => ({
  status,
  code: null,
  reason: null,
  logFile: null,
  ...rest,
});

/**
 * A trial's status from that of its stages.
 *
 * @param stages parents before children; the last one evaluates
 * @param staleReason what has changed since the result that it has, where it has one
 * @param access which images its stages saw, where that has been checked
 */
export function trialState(
  stages: readonly TrialStageState[],
  skipped: { readonly code: string; readonly reason: string } | undefined,
  staleReason: string | null,
  access: DataAccess | null = null,
): TrialState {
  if (skipped !== undefined) return state('skipped', skipped);
  if (stages.at(-1)?.status === 'done') {
    return access?.verdict === 'invalid'
      ? state('invalid', { code: 'VALIDATION_SEEN', reason: invalidReason(access) })
      : state('done');
  }
  if (stages.some((stage) => stage.status === 'running')) return state('running');
  const failed = stages.find((stage) => stage.status === 'failed');
  if (failed?.failure) {
    const { kind, message, hint, logFile, code } = failed.failure;
    const what = kind === 'error' ? 'failed' : `failed (${kind})`;
    const reason = `${failed.label} ${what}: ${message}${hint === undefined ? '' : ` – ${hint}`}`;
    return state('failed', { code, reason, logFile });
  }
  const blocked = stages.find((stage) => stage.status === 'blocked');
  if (blocked) {
    return state('failed', {
      code: 'BLOCKED',
      reason: `${blocked.label} can't run: a stage before it failed`,
    });
  }
  if (staleReason !== null) return state('stale', { code: 'STALE', reason: staleReason });
  const interrupted = stages.find((stage) => stage.failure?.kind === 'cancelled');
  if (interrupted?.failure) {
    const { code, logFile } = interrupted.failure;
    return state('planned', { code, reason: `${interrupted.label} was stopped`, logFile });
  }
  return state('planned');
}
