import type { RunSummary } from '../../host/execution/run-plan';
import type { Plan } from '../../core/plan/plan';

/** Failed stages and what stopped the run, a line each. */
export function formatFailures({ failed, stopped }: RunSummary): string[] {
  return [
    ...failed.flatMap(({ stage, failure }) => [
      `failed: ${stage.label} (${failure.kind}): ${failure.message}\n  log: ${failure.logFile}`,
      ...(failure.hint === undefined ? [] : [`  → ${failure.hint}`]),
    ]),
    ...(stopped === undefined
      ? []
      : [`stopped: ${stopped.message}${stopped.hint === undefined ? '' : `\n  → ${stopped.hint}`}`]),
  ];
}

/** The outcome of a run in one line. */
export function formatOutcome(summary: RunSummary, { stages, trials }: Plan): string {
  const { finished, reused, failed, blocked, wallSeconds } = summary;
  const skipped = trials.filter((trial) => trial.skipped !== undefined).length;
  const minutes = Math.floor(wallSeconds / 60);
  const seconds = wallSeconds - 60 * minutes;
  const time = minutes > 0 ? `${minutes} min ${Math.round(seconds)} s` : `${seconds.toFixed(1)} s`;
  const parts = [
    `${finished.length} stages run`,
    `${reused.length} reused`,
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ...(blocked.length > 0 ? [`${blocked.length} blocked by them`] : []),
    ...(skipped > 0 ? [`${skipped} trials skipped`] : []),
  ].join(', ');
  switch (summary.status) {
    case 'unchanged':
      return `Nothing to do: all ${stages.length} stages are already done${skipped > 0 ? `; ${skipped} trials skipped` : ''}.`;
    case 'cancelled':
      return `Stopped after ${time}: ${parts}. Run the same command to resume.`;
    case 'done':
    case 'failed':
      return `${parts} in ${time}.`;
  }
}
