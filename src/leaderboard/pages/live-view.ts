import type { JobListing } from '../../host/execution/batch/list-jobs';
import type { BenchmarkProgress } from '../../results/database/read-progress';
import { trialStatuses } from '../../results/database/records';
import { formatCount, formatScore, formatSeconds, formatTime } from '../../core/text/units';
import { statusView } from './status-view';
import { trialTitle } from '../model/row-names';

export interface LiveOptions {
  readonly now: Date;
  /** The process that owns the lock of the workspace. */
  readonly owner?: { readonly pid: number; readonly since: string };
  /** Stages that run on a cluster, also without this process. */
  readonly jobs?: readonly JobListing[];
  /** The slot of a running stage, as far as it is known. */
  readonly slotOf?: (key: string) => string | undefined;
  readonly hasSite: boolean;
}

/** What the page of running benchmarks shows, as text. */
export function liveView(
  benchmarks: readonly BenchmarkProgress[],
  { now, owner, jobs = [], slotOf, hasSite }: LiveOptions,
) {
  const seconds = (from: string | undefined) =>
    from === undefined ? undefined : formatSeconds(Math.max(0, (now.getTime() - Date.parse(from)) / 1000));
  return {
    // Its own assets: those of the built pages may be older than the server.
    root: '/live/',
    home: '/',
    live: true,
    styles: ['live.css'],
    scripts: ['live.js'],
    nav: [
      ...(hasSite ? [{ name: 'Overview', href: '/index.html', current: false }] : []),
      { name: 'Live', href: '/live', current: true },
    ],
    pageTitle: 'Live · Rethink Bench',
    footer: 'Read from the results database every two seconds; the run is not disturbed.',
    hasSite,
    isRunning: owner !== undefined,
    since: seconds(owner?.since),
    jobs: jobs.map((job) => jobRow(job, seconds(job.since))),
    benchmarks: benchmarks.map((benchmark, index) => {
      const { trials, stages, run, running, scored, failed, secondsLeft } = benchmark;
      const all = Object.values(stages).reduce((sum, count) => sum + count, 0);
      const isActive = running.length > 0 && owner !== undefined;
      return {
        index,
        title: benchmark.title,
        command: run?.command,
        stagesDone: formatCount(stages.done),
        stagesAll: formatCount(all),
        done: stages.done,
        all,
        left: isActive && secondsLeft !== undefined ? formatSeconds(secondsLeft) : undefined,
        counts: trialStatuses
          .filter((status) => trials[status] > 0)
          .map((status) => ({ ...statusView(status), count: formatCount(trials[status]) })),
        running: (owner === undefined ? [] : running).map(({ key, label, startedAt, trial, users }) => ({
          label,
          slot: slotOf?.(key) ?? '',
          trial: trial && trialTitle(trial),
          others: users > 1 ? users - 1 : undefined,
          time: seconds(startedAt) ?? '',
        })),
        scored: scored.map(({ trial, AP, endedAt }) => ({
          trial: trialTitle(trial),
          AP: formatScore(AP),
          ended: endedAt === undefined ? '' : formatTime(endedAt),
        })),
        failed: failed.map(({ trial, ...rest }) => ({ ...rest, trial: trialTitle(trial) })),
      };
    }),
  };
}

const jobRow = ({ label, state, job, node }: JobListing, time: string | undefined) => ({
  label,
  state,
  position: node === undefined ? '' : `${node}, job ${job}`,
  time,
});
