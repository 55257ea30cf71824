import { ArtifactStore } from '../../core/artifact/artifact-store';
import { hasImportedStage } from '../../results/bundle/imported-results';
import { importedStages } from '../../host/planning/imported-stages';
import type { PlannedBenchmark } from '../../host/planning/planning.service';
import { planSlots, readCpuShare } from '../../host/execution/slots';
import { describeMachine, type Machine, readCalibration } from '../../host/forecast/calibration';
import { forecastPlan } from '../../host/forecast/forecast';
import type { PlanContext } from '../../host/planning/workload';
import { formatGpus } from '../../core/plan/gpu';
import type { Configuration } from './configuration';
import { requestedSlots } from './machine-gpus';

export function machineOf(configuration: Configuration, { engine, gpus }: PlannedBenchmark): Machine {
  const requested = requestedSlots(configuration, gpus);
  const slots = planSlots(readCpuShare(), { threads: engine.threads, gpus, requested });
  // Stages without engine run beside the others, in seconds.
  const computing = slots.filter(({ gpu }) => gpus.length === 0 || gpu !== undefined);
  return describeMachine(engine, computing.length, formatGpus(gpus));
}

export function planContext({ plan, prepared }: PlannedBenchmark): PlanContext {
  const sizes = new Map(Object.entries(prepared).map(([role, { size }]) => [role, size]));
  return {
    stages: new Map(plan.stages.map((stage) => [stage.key, stage])),
    images: (role) => sizes.get(role),
  };
}

/** Stages with an artifact, by its existence alone; a run also verifies it. */
export function finishedStages({ workspace }: Configuration, { plan }: PlannedBenchmark): Set<string> {
  const there = new Set(new ArtifactStore(workspace).keys());
  const present = new Set(plan.stages.map(({ key }) => key).filter((key) => there.has(key)));
  return new Set([...present, ...importedStages(plan.stages, present, hasImportedStage(workspace))]);
}

/** Forecast of all planned stages, or of those that are still to run, which is faster where few remain. */
export function forecastOf(
  configuration: Configuration,
  planned: PlannedBenchmark,
  which: 'all' | 'remaining' = 'all',
) {
  const machine = machineOf(configuration, planned);
  const calibration = readCalibration(configuration.workspace, machine);
  const done = finishedStages(configuration, planned);
  const { stages } = planned.plan;
  const chosen = which === 'all' ? stages : stages.filter(({ key }) => !done.has(key));
  const { executor, slurm } = configuration;
  const setting = { slots: executor === 'slurm' ? slurm.maxJobs : machine.slots, done };
  const forecast = forecastPlan(stages, planContext(planned).images, calibration, setting, chosen);
  return { forecast, calibration, gpus: planned.gpus, ...setting };
}
