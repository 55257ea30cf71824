import { join } from 'node:path';
import { type Logger, RethinkError } from '../../contract';
import type { PluginDescription } from '../../core/catalog/describe';
import type { PluginLocation } from '../../core/catalog/discover';
import { packageFolder } from '../../core/files/package-folder';
import { readBenchmark } from '../benchmark/read';
import { describePlugins } from '../planning/plan-in-child';
import type { PlannedBenchmark } from '../planning/planning.service';
import { nearestTrial } from './closest-built-in';
import { type TryResult, verdictOf, writeTrial } from './try-plugin';

export interface ComparisonRequest {
  readonly plugin: PluginLocation;
  /** Folders of plugins, the built-in ones among them. */
  readonly roots: readonly string[];
  /** Benchmark file to compare on. */
  readonly file: string;
  readonly seeds: number;
  /** Options of the plugin. */
  readonly options?: object;
  /** Plugin to compare with; the closest built-in by default. */
  readonly against?: string;
  /** Whether a strategy is also compared with supervised training of equal compute. */
  readonly control: boolean;
  /** For the benchmark files that are written. */
  readonly folder: string;
  readonly logger: Logger;
  readonly plan: (file: string) => Promise<PlannedBenchmark>;
}

/**
 * Plans a plugin and the one that it is compared with, on the first value of every other axis.
 *
 * @throws RethinkError `TRY_NO_PLAN`, or the reason for which a trial is skipped
 */
export async function planComparison(request: ComparisonRequest): Promise<PlannedBenchmark> {
  const { plugin, file, seeds, options, folder, plan, logger } = request;
  const { kind, name } = plugin;
  const { benchmark } = readBenchmark(file);
  const own = options === undefined ? name : { use: name, options };
  const planWith = (others: readonly string[], more: { seeds: number; control: boolean }) =>
    plan(writeTrial(folder, { file, benchmark, kind, entries: [own, ...others], ...more }));
  const against =
    request.against ??
    (await closestBuiltIn(request, (others) => planWith(others, { seeds: 1, control: false })));
  logger.info(`comparing with ${kind} "${against}"`);
  const planned = await planWith([against], { seeds, control: kind === 'strategy' && request.control });
  const trial = planned.plan.trials.find(({ skipped }) => skipped !== undefined);
  if (trial?.skipped !== undefined) {
    const { code, reason } = trial.skipped;
    throw new RethinkError(code, `${trial.axes[kind]}: ${reason}`, { hint: checkHint });
  }
  return planned;
}

const checkHint = 'Run rethink plugin check for details.';

/** The built-in augmentation of the most similar strength; for other kinds, the built-in with the most similar trial. */
async function closestBuiltIn(
  { plugin: { kind, name }, roots, logger }: ComparisonRequest,
  plan: (others: readonly string[]) => Promise<PlannedBenchmark>,
): Promise<string> {
  const plugins = (await describePlugins(roots, logger)).filter((each) => each.kind === kind);
  const builtIn = join(packageFolder, 'plugins');
  const others = plugins.filter(
    (each) => each.name !== name && each.status === 'ok' && each.folder.startsWith(builtIn),
  );
  if (kind === 'augmentation') {
    const own = strengthOf(plugins.find((each) => each.name === name));
    const distance = (each: PluginDescription) => Math.abs(strengthOf(each) - own);
    return others.sort((a, b) => distance(a) - distance(b) || strengthOf(a) - strengthOf(b))[0]!.name;
  }
  const { plan: planned } = await plan(others.map((each) => each.name));
  const nearest = nearestTrial(planned, kind, name);
  if (nearest !== undefined) return nearest.axes[kind];
  const reason = planned.trials.find(({ axes }) => axes[kind] === name)?.skipped?.reason;
  throw new RethinkError('TRY_NO_PLAN', reason ?? 'The plugin plans no trial.', { hint: checkHint });
}

function strengthOf(plugin: PluginDescription | undefined): number {
  return plugin?.status === 'ok' ? (plugin.strength ?? 0) : 0;
}

/** Scores of all detectors, and the plugin's difference to each other one: positive where the plugin is better. */
export function summariseComparison({ rows, comparison }: TryResult) {
  const tried = rows.find(({ part }) => part === 'plugin')!;
  const differences = rows
    .filter(({ part }) => part !== 'plugin')
    .map(({ name, part, flops }) => {
      const pair = comparison.pairs.find(({ first, second }) => first === tried.name && second === name);
      const reversed = comparison.pairs.find(({ first, second }) => first === name && second === tried.name);
      const { difference, interval, p } = pair ?? {
        difference: -reversed!.difference,
        interval: { low: -reversed!.interval.high, high: -reversed!.interval.low },
        p: reversed!.p,
      };
      const flopsRatio = tried.flops / flops;
      return { to: name, part, difference, interval, p, flopsRatio, verdict: verdictOf(interval) };
    });
  const detectors = rows.map((row) => {
    const { score, scores, interval } = comparison.detectors.find(({ name }) => name === row.name)!;
    return { ...row, score, scores, interval };
  });
  return { detectors, differences, confidence: comparison.confidence };
}

export type ComparisonSummary = ReturnType<typeof summariseComparison>;
