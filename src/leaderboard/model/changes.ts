import { changesBetween, describeChange, withoutEffect } from '../../results/database/changes';
import type { BenchmarkResults, TrialStatus } from '../../results/database/records';
import { type BenchmarkReplicates, replicatesOfBenchmark } from './benchmark-replicates';
import { comparePairs } from '../../statistics/bootstrap/comparisons';
import type { Interval } from '../../statistics/bootstrap/intervals';
import { jointReplicates, type ScoredRow } from '../../statistics/bootstrap/joint-replicates';
import { type LeaderboardRow, buildLeaderboard } from './leaderboard';
import { cellId } from '../../core/plan/axes';

/** A number before and after; null where there was, or is, none. */
export interface BeforeAfter<T> {
  readonly before: T;
  readonly after: T;
}

export interface RowChange {
  readonly axes: LeaderboardRow['axes'];
  /** `same`: nothing of its scores, costs and status is another. */
  readonly kind: 'new' | 'gone' | 'changed' | 'same';
  readonly AP: BeforeAfter<number | null>;
  /**
   * AP after − before, paired over images and seeds; holds together with those of all rows. Absent where a side has no
   * score or was scored on other images.
   */
  readonly difference?: Interval & { readonly value: number };
  /** Whether that interval leaves out 0. */
  readonly beyondNoise: boolean;
  readonly rank: BeforeAfter<number | undefined>;
  readonly rankInterval: BeforeAfter<{ readonly low: number; readonly high: number } | undefined>;
  /** Full cost, a mean over seeds. */
  readonly flops: BeforeAfter<number | null>;
  readonly deviceSeconds: BeforeAfter<number | null>;
  readonly seeds: BeforeAfter<number>;
  readonly status: BeforeAfter<TrialStatus | undefined>;
}

export interface PluginChange {
  readonly kind: string;
  readonly name: string;
  readonly what: string;
}

export interface BenchmarkChanges {
  /** New and gone rows first, then those that changed beyond noise, then the others; in the order of the board. */
  readonly rows: readonly RowChange[];
  readonly plugins: readonly PluginChange[];
  /** Versions of the engine, of Node.js and of this program that ran stages. */
  readonly versions: readonly (BeforeAfter<string> & { readonly name: string })[];
  /** Settings of the benchmark, in words. */
  readonly settings: readonly string[];
}

/** What is different between two states of one benchmark. Pure. */
export function changesOf(before: BenchmarkResults, after: BenchmarkResults): BenchmarkChanges {
  const [old, now] = [buildLeaderboard(before), buildLeaderboard(after)];
  const differences = differencesOf(before, after);
  const oldRows = new Map(old.rows.map((row) => [cellId(row.axes), row]));
  const nowRows = new Map(now.rows.map((row) => [cellId(row.axes), row]));
  const ids = [...nowRows.keys(), ...[...oldRows.keys()].filter((id) => !nowRows.has(id))];
  const rows = ids.map((id) => rowChange(oldRows.get(id), nowRows.get(id), differences.get(id)));
  return {
    rows: rows.sort((a, b) => urgency(a) - urgency(b)),
    plugins: pluginChanges(before, after),
    versions: versionChanges(before, after),
    settings: settingChanges(before.resolved, after.resolved),
  };
}

function urgency({ kind, beyondNoise }: RowChange): number {
  return kind === 'new' || kind === 'gone' ? 0 : beyondNoise ? 1 : kind === 'changed' ? 2 : 3;
}

function rowChange(
  before: LeaderboardRow | undefined,
  after: LeaderboardRow | undefined,
  difference: RowChange['difference'],
): RowChange {
  const both = <T>(of: (row: LeaderboardRow | undefined) => T): BeforeAfter<T> => ({
    before: of(before),
    after: of(after),
  });
  const AP = both((row) => row?.scores.AP?.mean ?? null);
  const flops = both((row) => row?.cost?.full.flops ?? null);
  const deviceSeconds = both((row) => row?.cost?.full.deviceSeconds ?? null);
  const seeds = both((row) => row?.done.length ?? 0);
  const status = both((row) => row?.status);
  const isSame = [AP, flops, deviceSeconds, seeds, status].every((pair) => pair.before === pair.after);
  return {
    axes: (after ?? before)!.axes,
    kind: before === undefined ? 'new' : after === undefined ? 'gone' : isSame ? 'same' : 'changed',
    AP,
    ...(difference && { difference }),
    beyondNoise: difference !== undefined && (difference.low > 0 || difference.high < 0),
    rank: both((row) => row?.rank),
    rankInterval: both((row) => row?.uncertainty?.rank),
    flops,
    deviceSeconds,
    seeds,
    status,
  };
}

/** Rows of both states side by side in one bootstrap, so that what they share cancels out. */
function differencesOf(
  before: BenchmarkResults,
  after: BenchmarkResults,
): Map<string, NonNullable<RowChange['difference']>> {
  const [old, now] = [replicatesOfBenchmark(before), replicatesOfBenchmark(after)];
  const paired = now.rows.flatMap((row) => {
    const other = old.rows.find(({ id }) => id === row.id);
    return other === undefined || isEqual(other, row) ? [] : [{ id: row.id, before: other, after: row }];
  });
  const imagesOf = ({ trials }: BenchmarkReplicates) => trials[0]?.metrics?.resamples?.images;
  const sameImages = imagesOf(old) === imagesOf(now);
  if (!sameImages || paired.length === 0) return new Map();
  const rows: ScoredRow[] = paired.flatMap(({ id, before: b, after: a }) => [
    { id: `before ${id}`, runs: b.runs },
    { id: `after ${id}`, runs: a.runs },
  ]);
  const joint = jointReplicates(rows);
  const at = (id: string) => joint.rows.indexOf(id);
  const { pairs } = comparePairs(
    joint,
    paired.map(({ id }) => [at(`after ${id}`), at(`before ${id}`)] as const),
  );
  return new Map(
    paired.map(({ id }, index) => [id, { value: pairs[index]!.difference, ...pairs[index]!.simultaneous }]),
  );
}

function isEqual(a: ScoredRow, b: ScoredRow): boolean {
  return (
    a.runs.length === b.runs.length &&
    a.runs.every(({ seed, score }, index) => seed === b.runs[index]!.seed && score === b.runs[index]!.score)
  );
}

function pluginChanges(before: BenchmarkResults, after: BenchmarkResults): PluginChange[] {
  const [old, now] = [before, after].map(
    ({ plugins }) => new Map(plugins.map((plugin) => [`${plugin.kind}/${plugin.name}`, plugin])),
  ) as [Map<string, PluginOf>, Map<string, PluginOf>];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((id) => {
    const [was, is] = [old.get(id), now.get(id)];
    const { kind, name } = (is ?? was)!;
    if (was === undefined) return { kind, name, what: 'new' };
    if (is === undefined) return { kind, name, what: 'gone' };
    if (was.status !== is.status) return { kind, name, what: `${was.status} → ${is.status}` };
    if (was.version !== is.version) {
      return { kind, name, what: `version ${was.version ?? 'none'} → ${is.version ?? 'none'}` };
    }
    return codeOf(was) === codeOf(is) ? [] : { kind, name, what: 'its code, under the same version' };
  });
}

type PluginOf = BenchmarkResults['plugins'][number];
const codeOf = (plugin: PluginOf) => (plugin as { codeDigest?: string }).codeDigest;

/** Of the machines that ran stages. */
function versionChanges(before: BenchmarkResults, after: BenchmarkResults): BenchmarkChanges['versions'] {
  const list = ({ stages, environments }: BenchmarkResults, of: (facts: Facts) => string | undefined) =>
    [
      ...new Set(
        stages.flatMap(({ environmentId }) => {
          const facts = environments[environmentId ?? ''];
          return facts === undefined ? [] : (of(facts) ?? []);
        }),
      ),
    ]
      .sort()
      .join(', ') || 'none';
  const of: readonly (readonly [name: string, of: (facts: Facts) => string | undefined])[] = [
    ['Rethink Bench', ({ rethink }) => rethink],
    ['commit', ({ commit }) => commit?.slice(0, 12)],
    ['engine', ({ engine, backend }) => `${engine} (${backend})`],
    ['Node.js', ({ node }) => node.replace(/^v/, '')],
    ['machine', ({ cpu, gpu }) => gpu ?? cpu],
  ];
  return of
    .map(([name, fact]) => ({ name, before: list(before, fact), after: list(after, fact) }))
    .filter((change) => change.before !== change.after);
}

type Facts = BenchmarkResults['environments'][string];

function settingChanges(before: unknown, after: unknown): string[] {
  const parts = (resolved: unknown) => {
    const record = (resolved ?? {}) as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(record).filter(([key]) => !withoutEffect.has(key) || key === 'axes' || key === 'cells'),
    );
  };
  return changesBetween(parts(before), parts(after)).map(describeChange);
}
