import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Cells } from '../benchmark/cells';
import { strategyName } from '../../core/plan/axes';
import type { Plan, PlannedTrial } from '../../core/plan/plan';
import { type Benchmark, benchmarkSpec } from '../benchmark/spec';
import { type PluginKind, pluginKinds } from '../../contract';
import { ArtifactStore } from '../../core/artifact/artifact-store';
import { readOutcomeFile } from '../../core/plan/outcome-file';
import { artifactFiles } from '../../core/plan/stage-job';
import { compareFiles, type FileComparison } from '../../statistics/bootstrap/compare-files';

export interface TryRequest {
  /** Benchmark file that is tried on. */
  readonly file: string;
  readonly benchmark: Benchmark;
  readonly kind: PluginKind;
  /** Names of plugins on the axis; the first is the one that is tried. */
  readonly entries: readonly (string | { readonly use: string; readonly options: object })[];
  readonly seeds: number;
  /** Whether to add supervised training with the compute of a strategy. */
  readonly control: boolean;
}

/** Settings that name values of axes, most of which the trial lacks. */
const ofTheMatrix = new Set(['axes', 'cells', 'claims', 'reference', 'schedules']);

/** The part of a block of the matrix that is within a smaller matrix; `undefined` if there is none. */
function withinMatrix(
  block: Cells[number],
  values: Readonly<Record<string, readonly (string | number)[]>>,
): Record<string, readonly (string | number)[]> | undefined {
  const left = Object.entries(block).map(([axis, names]): [string, readonly (string | number)[]] => [
    axis,
    (names as readonly (string | number)[]).filter((name) => values[axis]?.includes(name)),
  ]);
  return left.every(([, names]) => names.length > 0) ? Object.fromEntries(left) : undefined;
}

/** Writes a benchmark file with the plugin and its competitors, and the first value of every other axis. */
export function writeTrial(folder: string, request: TryRequest): string {
  const { file, benchmark, kind, entries, seeds, control } = request;
  const first = Object.fromEntries(
    pluginKinds.map((axis) => {
      const { use, name, options } = benchmark.axes[axis][0]!;
      return [axis, [{ use, name, options }]];
    }),
  );
  const fraction = Math.min(...benchmark.axes.fraction);
  const values = {
    ...Object.fromEntries(pluginKinds.map((axis) => [axis, [benchmark.axes[axis][0]!.name]])),
    [kind]: entries.map((entry) => (typeof entry === 'string' ? entry : entry.use)),
    fraction: [fraction],
  };
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'try.yaml');
  writeFileSync(
    path,
    stringify({
      extends: { file, only: Object.keys(benchmarkSpec.shape).filter((key) => !ofTheMatrix.has(key)) },
      name: 'plugin-try',
      axes: {
        ...first,
        [kind]: entries,
        fraction: [fraction],
        seed: Array.from({ length: seeds }, (_, seed) => seed),
      },
      schedules: benchmark.schedules.flatMap((schedule) => {
        const where = withinMatrix(schedule.where, values);
        return where === undefined ? [] : [{ ...schedule, where }];
      }),
      controls: control ? 'matched' : 'none',
      evaluation: { checkpoints: 1 },
    }),
  );
  return path;
}

export interface TriedRow {
  readonly name: string;
  /** The plugin under test, its competitor, or supervised training with the same compute. */
  readonly part: 'plugin' | 'against' | 'control';
  /** Mean over the seeds of all floating-point operations of the lineage. */
  readonly flops: number;
}

export interface TryResult {
  readonly rows: readonly TriedRow[];
  readonly comparison: FileComparison;
}

/** Scores and compares the trials of a finished run, paired over images and seeds. */
export function compareTrials(
  plan: Plan,
  workspace: string,
  groundTruth: string,
  kind: PluginKind,
  tried: string,
): TryResult {
  const store = new ArtifactStore(workspace);
  const flopsOf = ({ stageKeys }: PlannedTrial) =>
    stageKeys.reduce((sum, key) => sum + readOutcomeFile(store.folder(key)).ledger.flops, 0);
  // A control is supervised like the plugin's rival may be, but longer.
  const nameOf = ({ axes }: PlannedTrial) => (kind === 'strategy' ? strategyName(axes) : axes[kind]);
  const names = [...new Set(plan.trials.map(nameOf))];
  const bySeed = (name: string) =>
    plan.trials.filter((trial) => nameOf(trial) === name).sort((a, b) => a.axes.seed - b.axes.seed);
  const rows = names.map((name): TriedRow => {
    const trials = bySeed(name);
    const part = name === tried ? 'plugin' : trials[0]!.control === undefined ? 'against' : 'control';
    return { name, part, flops: trials.reduce((sum, trial) => sum + flopsOf(trial), 0) / trials.length };
  });
  const comparison = compareFiles(
    groundTruth,
    names.map((name) => ({
      name,
      files: bySeed(name).map(({ detectKey }) => join(store.folder(detectKey!), artifactFiles.detections)),
    })),
  );
  return { rows, comparison };
}

/** The answer to "does it help?", by the interval of the paired difference. */
export function verdictOf({
  low,
  high,
}: {
  readonly low: number;
  readonly high: number;
}): 'helps' | 'hurts' | 'undecided' {
  if (low > 0) return 'helps';
  return high < 0 ? 'hurts' : 'undecided';
}
