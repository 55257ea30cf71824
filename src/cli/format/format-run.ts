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

/** Reasons for skipped trials, the most frequent one first. */
export function skipReasons({ trials }: Plan): { code: string; reason: string; trials: number }[] {
  const reasons = new Map<string, { code: string; reason: string; trials: number }>();
  for (const { skipped } of trials) {
    if (skipped === undefined) continue;
    const known = reasons.get(skipped.reason) ?? { ...skipped, trials: 0 };
    reasons.set(skipped.reason, { ...known, trials: known.trials + 1 });
  }
  return [...reasons.values()].sort((a, b) => b.trials - a.trials);
}

/** The outcome of a run in one line. */
export function formatOutcome(summary: RunSummary, plan: Plan): string {
  const { finished, reused, failed, blocked, wallSeconds } = summary;
  const skipped = formatSkipped(plan);
  const minutes = Math.floor(wallSeconds / 60);
  const seconds = wallSeconds - 60 * minutes;
  const time = minutes > 0 ? `${minutes} min ${Math.round(seconds)} s` : `${seconds.toFixed(1)} s`;
  const parts = [
    `${finished.length} stages run`,
    `${reused.length} reused`,
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ...(blocked.length > 0 ? [`${blocked.length} blocked by them`] : []),
  ].join(', ');
  switch (summary.status) {
    case 'unchanged':
      if (plan.stages.length === 0) return `Nothing was run.${skipped}`;
      return `Nothing to do: all ${plan.stages.length} stages are already done.${skipped}`;
    case 'cancelled':
      return `Stopped after ${time}: ${parts}. Run the same command to resume.`;
    case 'done':
    case 'failed':
      return `${parts} in ${time}.${skipped}`;
  }
}

function formatSkipped(plan: Plan): string {
  const [first, ...others] = skipReasons(plan);
  if (first === undefined) return '';
  const count = others.reduce((sum, { trials }) => sum + trials, first.trials);
  const more =
    others.length === 0
      ? ''
      : ` (and ${others.length} other ${others.length === 1 ? 'reason' : 'reasons'}; see the table)`;
  return ` Skipped ${count} of ${plan.trials.length} ${plan.trials.length === 1 ? 'trial' : 'trials'}: ${first.reason}${more}`;
}
