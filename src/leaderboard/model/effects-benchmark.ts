import { z } from 'zod';
import { type TrialAxes, isNumberAxis, cellId } from '../../core/plan/axes';
import type { BenchmarkResults, TrialRecord } from '../../results/database/records';
import { replicatesOfBenchmark } from './benchmark-replicates';
import { claimAxes, type Claim, claimsSpec } from '../../statistics/claims/spec';
import { type Axis, type ControlCell, controlLevel, Grid, type Levels } from '../../statistics/effects/grid';
import { readResamples } from '../../statistics/bootstrap/stored-resamples';

const named = z.array(
  z.union([z.string(), z.looseObject({ name: z.string() }).transform(({ name }) => name)]),
);
const resolvedControls = z.looseObject({ controls: z.literal('matched') });
const resolvedAxes = z.looseObject({
  axes: z.looseObject({
    init: named.default([]),
    augmentation: named.default([]),
    strategy: named.default([]),
    fraction: z.array(z.number()).default([]),
    length: z.array(z.number()).default([1]),
  }),
});

/** A cell's values in the order of `claimAxes`, as text. */
const levelsOf = ({ axes }: Pick<TrialRecord, 'axes'>) => claimAxes.map((axis) => String(axes[axis]));

export interface GridOptions {
  /** Trials to look at; others count as missing. Default all. */
  readonly keep?: (axes: TrialAxes) => boolean;
  /** Whether the axes omit levels that none of these trials has. Default no. */
  readonly narrow?: boolean;
}

/**
 * The grid of a benchmark's results in AP points: what its done trials scored, over the axes as the file lists them
 * (numbers ascending). Values that only older trials have are not in it.
 */
export function gridOfBenchmark(
  benchmark: Pick<BenchmarkResults, 'resolved' | 'trials'>,
  { keep = () => true, narrow = false }: GridOptions = {},
): Grid {
  const { trials, leftOut } = replicatesOfBenchmark(benchmark);
  const paired = new Set(trials);
  const apart = new Map(leftOut.map(({ id, reason }) => [id, reason]));
  const isKept = keepingControls(keep);
  const observations = benchmark.trials.flatMap((trial) => {
    const score = trial.status === 'done' && isKept(trial) ? trial.metrics?.stats.AP : undefined;
    if (score === undefined || score === null) return [];
    // Without resamples its noise by the images is unknown; scored on other images it can't be compared.
    const resamples = readResamples(trial.metrics?.resamples);
    if (!paired.has(trial) && resamples !== undefined) return [];
    const resampled = resamples?.scores('AP').map((value) => 100 * value);
    return [{ levels: levelsOf(trial), seed: trial.axes.seed, score: 100 * score, resampled }];
  });
  const byCell = new Map<string, TrialRecord[]>();
  for (const trial of benchmark.trials) {
    const id = cellId(trial.axes);
    byCell.set(id, [...(byCell.get(id) ?? []), trial]);
  }
  const whyMissing = (cell: Levels): string => {
    const found = byCell.get(cellId(cell as unknown as TrialRecord['axes'])) ?? [];
    if (found.length === 0) return whyAbsent(cell);
    if (!found.some(isKept)) return 'left out by the selection';
    return [...new Set(found.map((trial) => statusOf(trial, apart.get(trial.id))))].join('; ');
  };
  const whyAbsent = (cell: Levels): string => {
    const strategy = strategiesOf(benchmark).find((name) => controlLevel(name) === cell['strategy']);
    const own = strategy === undefined ? [] : (byCell.get(cellId({ ...cell, strategy } as never)) ?? []);
    if (own.length === 0) return 'not in the matrix of the last run';
    if (!resolvedControls.safeParse(benchmark.resolved).success)
      return 'the benchmark plans no controls; “controls: matched” does';
    const [first] = own;
    return first!.status === 'skipped'
      ? statusOf(first!, undefined)
      : `${strategy!} has no control here: supervised trials of the matrix have its compute`;
  };
  const selected = benchmark.trials.filter(isKept);
  const axes = axesOf(benchmark).map(({ name, levels }, index) => ({
    name,
    levels: narrow
      ? levels.filter((level) => selected.some((trial) => levelsOf(trial)[index] === level))
      : levels,
  }));
  return new Grid(axes, observations, whyMissing, controlsOf(selected));
}

/** A control is on no axis: it accompanies the strategies that it controls. */
function keepingControls(keep: (axes: TrialAxes) => boolean) {
  return ({ axes, control }: Pick<TrialRecord, 'axes' | 'control'>): boolean =>
    control === undefined ? keep(axes) : control.of.some((own) => keep({ ...axes, ...own }));
}

/** Controls of an earlier state come first, so that strategies are compared with the newest ones. */
function controlsOf(trials: readonly TrialRecord[]): ControlCell[] {
  return [...trials]
    .sort((a, b) => Number(b.status === 'stale') - Number(a.status === 'stale'))
    .flatMap((trial) =>
      trial.control === undefined
        ? []
        : [
            {
              levels: levelsOf(trial),
              of: trial.control.of.map((own) => levelsOf({ axes: { ...trial.axes, ...own } })),
            },
          ],
    );
}

const strategiesOf = (benchmark: Pick<BenchmarkResults, 'resolved' | 'trials'>) =>
  axesOf(benchmark).find(({ name }) => name === 'strategy')!.levels;

function statusOf({ status, reason }: TrialRecord, apart: string | undefined): string {
  const why = apart ?? reason;
  return why === undefined ? status : `${status}: ${why}`;
}

function axesOf({ resolved, trials }: Pick<BenchmarkResults, 'resolved' | 'trials'>): Axis[] {
  const listed = resolvedAxes.safeParse(resolved);
  return claimAxes.map((name) => {
    const values: (string | number)[] = listed.success ? [...listed.data.axes[name]] : [];
    const own = trials.filter(({ control }) => control === undefined);
    const used = values.length > 0 ? values : own.map(({ axes }) => axes[name]);
    const ordered = isNumberAxis(name) ? [...used].sort((a, b) => Number(a) - Number(b)) : used;
    return { name, levels: [...new Set(ordered.map(String))] };
  });
}

/** The claims that the benchmark file had when it was last run; none for what is no benchmark of this version. */
export function claimsOfBenchmark({ resolved }: Pick<BenchmarkResults, 'resolved'>): Claim[] {
  const parsed = claimsSpec.safeParse((resolved as { claims?: unknown } | null)?.claims ?? []);
  return parsed.success ? parsed.data : [];
}
