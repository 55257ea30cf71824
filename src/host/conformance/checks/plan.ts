import { buildPlan, type PlanWithRuns } from '../../planning/build-plan';
import { withCheckpoints } from '../../planning/resolve-checkpoints';
import { resolveSource } from '../../planning/resolve-source';
import type { PlannedTrial } from '../../../core/plan/plan';
import { readBenchmark } from '../../benchmark/read';
import { Catalog } from '../../../core/catalog/catalog';
import { finding, type PluginFinding, isRule } from '../finding';
import { quiet, type Subject } from '../target';

/** Plans the small benchmark, two seeds, as the host's planning process does. */
export async function planSmall({ setting }: Subject): Promise<PlanWithRuns> {
  const { file, benchmark } = readBenchmark(setting.benchmark);
  return withCheckpoints(
    (source) => resolveSource(source, file, quiet),
    (checkpoints) =>
      buildPlan({
        file,
        benchmark,
        selection: new Map(),
        data: setting.data,
        engine: setting.engine,
        catalog: new Catalog(setting.roots),
        logger: quiet,
        checkpoints,
      }),
  );
}

const wrongResults = new Set(['PLAN_NOT_A_DETECTOR', 'PLAN_REQUEST']);

export function planFindings({ plan }: PlanWithRuns): PluginFinding[] {
  const { skipped } = plan.trials[0] as PlannedTrial;
  if (skipped === undefined) return [];
  const { code, reason } = skipped;
  if (isRule(code)) return [finding(code, reason)];
  return [finding(wrongResults.has(code) ? 'CHECK_PLAN_RESULT' : 'CHECK_THREW', `${reason} [${code}]`)];
}

/** Planning twice gives the same stages; another seed gives another detector of a strategy. */
export async function checkPlanDeterminism(subject: Subject): Promise<PluginFinding[]> {
  const [first, second] = [await planSmall(subject), await planSmall(subject)];
  const keys = ({ plan }: PlanWithRuns) => plan.trials.map((trial) => trial.stageKeys.join());
  const [one, other] = keys(first);
  if (keys(second).join(';') !== keys(first).join(';')) {
    return [finding('CHECK_NOT_REPEATABLE', 'planning the same trial twice gave different stages', planFix)];
  }
  if (subject.setting.kind === 'strategy' && one === other) {
    return [finding('CHECK_SEED_IGNORED', 'trials of seed 0 and seed 1 have the same stages')];
  }
  return [];
}

const planFix = 'derive the plan from context and options alone: no Math.random(), clock or files';
