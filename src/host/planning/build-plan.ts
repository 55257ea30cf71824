import { type CustomStageRequest, RethinkError } from '../../contract';
import { Interner } from '../../core/plan/interner';
import type { Plan, PlannedTrial } from '../../core/plan/plan';
import { type TrialAxes, trialId } from '../../core/plan/axes';
import type { PlannedStage } from '../../core/plan/stage';
import { trialsOf } from '../benchmark/matrix';
import { select, type Selection } from '../benchmark/selectors';
import { PlannedCells } from './planned-cells';
import { planTrial, type PlanTrialInput, type ScoredTrial, skipReason } from './plan-trial';
import { planCheckpoints } from './scoring';
import { ControlFinder } from './controls';
import { TrialList } from './trial-list';

export interface PlanInput extends Omit<PlanTrialInput, 'requiredSources' | 'interner'> {
  readonly file: string;
  readonly selection: Selection;
}

/** A plan with the code of custom stages, which only the process that planned can run. */
export interface PlanWithRuns {
  readonly plan: Plan;
  readonly customRuns: ReadonlyMap<string, CustomStageRequest['run']>;
  /** Sources of weights that the plugins named. */
  readonly requiredSources: ReadonlySet<string>;
}

/** Benchmark → trials → stages. A trial that cannot be planned is skipped with its reason; the others are unaffected. */
export function buildPlan(input: PlanInput): PlanWithRuns {
  const { benchmark, selection, file, checkpoints } = input;
  const requiredSources = new Set<string>();
  const interner = new Interner();
  const engine = interner.get('engine', () => ({ ...input.engine }));
  const trialInput: PlanTrialInput = { ...input, engine, interner, requiredSources };
  const trials = new TrialList();
  const cells = new PlannedCells();
  const stagesOf = (axes: TrialAxes) => cells.plan(axes, () => planTrial(trialInput, axes));
  const controls = benchmark.controls === 'matched' ? new ControlFinder(benchmark) : undefined;
  const used = new UsedStages(benchmark.evaluation.checkpoints);
  for (const axes of select(trialsOf(benchmark), selection)) {
    try {
      const planned = stagesOf(axes);
      trials.push(used.take(planned, axes));
      if (controls !== undefined) {
        const flopsOf = (other: TrialAxes) => (other === axes ? planned : stagesOf(other)).strategyFlops();
        trials.addControl(
          axes,
          () => controls.find(axes, flopsOf),
          (other) => used.take(stagesOf(other), other),
        );
      }
    } catch (error) {
      if (isMistakeInFile(error)) throw error;
      trials.push({ id: trialId(axes), axes, stageKeys: [], skipped: skipReason(error) });
    }
  }
  const { name, title, description } = benchmark;
  return {
    plan: {
      benchmark: { name, title, description, file, resolved: benchmark },
      trials: trials.all,
      stages: [...used.stages.values()],
      checkpointIdentities: checkpoints,
    },
    customRuns: used.customRuns,
    requiredSources,
  };
}

/** The stages that a plan's trials use: not all that plugins planned. */
export class UsedStages {
  readonly stages = new Map<string, PlannedStage>();
  readonly customRuns = new Map<string, CustomStageRequest['run']>();

  /** @param checkpoints scored along each training, the end included */
  constructor(private readonly checkpoints: number) {}

  take({ context, detectKey, evaluateKey, probeKey }: ScoredTrial, axes: TrialAxes): PlannedTrial {
    const stageKeys = context.graph.lineage(evaluateKey);
    const checkpoints = planCheckpoints(context, this.checkpoints, evaluateKey);
    const scoring = checkpoints.flatMap((each) => [each.detectKey, each.evaluateKey]);
    for (const key of [...stageKeys, ...scoring, ...(probeKey === undefined ? [] : [probeKey])]) {
      if (!this.stages.has(key)) this.stages.set(key, context.graph.stages.get(key)!);
      const run = context.graph.customRuns.get(key);
      if (run !== undefined) this.customRuns.set(key, run);
    }
    return {
      id: trialId(axes),
      axes,
      stageKeys,
      detectKey,
      evaluateKey,
      ...(checkpoints.length > 0 && { checkpoints }),
    };
  }
}

/** Invalid options in the benchmark file stop the plan: skipping half of the matrix would hide a typing error. */
function isMistakeInFile(error: unknown): boolean {
  return (
    error instanceof RethinkError &&
    error.code === 'PLUGIN_OPTIONS' &&
    error.location?.path?.startsWith('axes.') === true
  );
}
