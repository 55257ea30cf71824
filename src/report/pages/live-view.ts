import type { BenchmarkProgress } from '../../results/read-progress';
import { trialStatuses } from '../../results/records';
import { formatCount, formatScore, formatSeconds, formatShare, formatTime } from '../model/units';
import { statusView } from './status-view';

export interface LiveOptions {
  readonly now: Date;
  /** The process that holds the workspace. */
  readonly holder?: { readonly pid: number; readonly since: string };
  readonly hasSite: boolean;
}

/** What the page of running benchmarks shows, as text. */
export function liveView(benchmarks: readonly BenchmarkProgress[], { now, holder, hasSite }: LiveOptions) {
  const seconds = (from: string | undefined) =>
    from === undefined ? undefined : formatSeconds(Math.max(0, (now.getTime() - Date.parse(from)) / 1000));
  return {
    root: '/',
    live: true,
    styles: ['live.css'],
    scripts: ['live.js'],
    nav: [
      ...(hasSite ? [{ name: 'Leaderboard', href: '/index.html', current: false }] : []),
      { name: 'Live', href: '/live', current: true },
    ],
    pageTitle: 'Live · Rethink Bench',
    footer: 'Read from the results database every two seconds; the run is not disturbed.',
    hasSite,
    isRunning: holder !== undefined,
    since: seconds(holder?.since),
    benchmarks: benchmarks.map((benchmark, index) => {
      const { trials, stages, run, running, scored, failed, secondsLeft } = benchmark;
      const all = Object.values(stages).reduce((sum, count) => sum + count, 0);
      const isActive = running.length > 0 && holder !== undefined;
      return {
        index,
        title: benchmark.title,
        name: benchmark.name,
        updated: formatTime(benchmark.updatedAt),
        command: run?.command,
        isActive,
        stagesDone: formatCount(stages.done),
        stagesAll: formatCount(all),
        done: stages.done,
        all,
        left: isActive && secondsLeft !== undefined ? formatSeconds(secondsLeft) : undefined,
        counts: trialStatuses
          .filter((status) => trials[status] > 0)
          .map((status) => ({ ...statusView(status), count: formatCount(trials[status]) })),
        running: (holder === undefined ? [] : running).map(({ label, kind, startedAt, trial, users }) => ({
          label,
          kind,
          trial: trial && inWords(trial),
          others: users > 1 ? users - 1 : undefined,
          time: seconds(startedAt) ?? '',
        })),
        scored: scored.map(({ trial, AP, endedAt }) => ({
          trial: inWords(trial),
          AP: formatScore(AP),
          ended: endedAt === undefined ? '' : formatTime(endedAt),
        })),
        failed: failed.map(({ trial, ...rest }) => ({ ...rest, trial: inWords(trial) })),
      };
    }),
  };
}

/** A trial's name as the other pages have it: `init=random,…,fraction=0.2,seed=0` → `random · … · 20 % · seed 0`. */
function inWords(name: string): string {
  const found = /^init=(.*),augmentation=(.*),strategy=(.*),fraction=(.*),seed=(.*)$/.exec(name);
  if (found === null) return name;
  const [, init, augmentation, strategy, fraction, seed] = found;
  return `${init} · ${augmentation} · ${strategy} · ${formatShare(Number(fraction))} · seed ${seed}`;
}
