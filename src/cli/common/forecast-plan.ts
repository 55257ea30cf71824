import { ArtifactStore } from '../../core/artifact/artifact-store';
import { hasImportedStage } from '../../results/bundle/imported-results';
import { importedStages } from '../../host/planning/imported-stages';
import type { PlannedBenchmark } from '../../host/planning/planning.service';
import { planSlots, readCpuShare } from '../../host/execution/slots';
import { describeMachine, type Machine, readCalibration } from '../../host/forecast/calibration';
import { forecastPlan, forecastRemaining } from '../../host/forecast/forecast';
import type { PlanContext } from '../../host/planning/workload';
import type { Configuration } from './configuration';

/** Number of stages that run in parallel on this machine. */
export function slotCount({ slots }: Configuration, { engine }: PlannedBenchmark): number {
  return planSlots(readCpuShare(), { threads: engine.threads, requested: slots }).length;
}

export function machineOf(configuration: Configuration, planned: PlannedBenchmark): Machine {
  return describeMachine(planned.engine, slotCount(configuration, planned));
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

/** Forecast of all planned stages. */
export function forecastOf(configuration: Configuration, planned: PlannedBenchmark) {
  const { plan, images, calibration, slots, done } = forecastInput(configuration, planned);
  const forecast = forecastPlan(plan.stages, images, calibration, { slots, done });
  return { forecast, calibration, slots, done };
}

/** Forecast of the stages that are still to run. */
export function remainingForecastOf(configuration: Configuration, planned: PlannedBenchmark) {
  const { plan, images, calibration, slots, done } = forecastInput(configuration, planned);
  const forecast = forecastRemaining(plan.stages, images, calibration, { slots, done });
  return { forecast, done };
}

function forecastInput(configuration: Configuration, planned: PlannedBenchmark) {
  const machine = machineOf(configuration, planned);
  const calibration = readCalibration(configuration.workspace, machine);
  const done = finishedStages(configuration, planned);
  const { images } = planContext(planned);
  return { plan: planned.plan, images, calibration, slots: machine.slots, done };
}
