import type { TrialStatus } from '../../results/database/records';

/** Sign of each status, so that colour is not the only distinction. */
const signs: Readonly<Record<TrialStatus, string>> = {
  done: '●',
  invalid: '⊘',
  running: '◐',
  planned: '○',
  skipped: '–',
  failed: '✕',
  stale: '↻',
};

export interface StatusView {
  readonly status: TrialStatus;
  readonly sign: string;
}

export function statusView(status: TrialStatus): StatusView {
  return { status, sign: signs[status] };
}

/** What a status means, for the grid and the methods page. */
export const statusMeanings: Readonly<Record<TrialStatus, string>> = {
  done: 'all its stages have run and it has been scored',
  invalid: 'a stage of it saw validation images: its score is shown, and ranked nowhere',
  running: 'a stage of it is running, or was when the run was killed',
  planned: 'it has not run yet, or was stopped',
  skipped: 'it can’t be planned; the reason is given',
  failed: 'a stage of it failed; reason and log are given',
  stale: 'it was scored under settings, code or data that have changed since',
};
