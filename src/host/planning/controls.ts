import {
  RethinkError,
  type ScheduleChange,
  type StrategyContext,
  type TrainedDetector,
} from '../../contract';
import { trainWorkload, type Workload, workloadOf } from './workload';
import type { PlannedStage, TrainParameters } from '../../core/plan/stage';

type TrainingStage = Extract<PlannedStage, { readonly kind: 'train' }>;

export interface ControlInput {
  /** All stages of the trial by key. */
  readonly stages: ReadonlyMap<string, PlannedStage>;
  /** Keys of the stages that the strategy planned and that its detector depends on, parents before children. */
  readonly strategyKeys: readonly string[];
  /** Key of the training stage that writes the detector to be scored. */
  readonly detectorKey: string;
  /** Images of a role's data set. */
  images(role: string): number | undefined;
  /** Parameters of a training on the labelled data alone with a changed schedule. */
  supervised(change: ScheduleChange): TrainParameters;
}

/** Supervised training with the compute of a strategy: one schedule after the other. */
export type ControlSchedules = readonly Required<ScheduleChange>[];

/**
 * The schedules of a strategy's compute-matched control.
 *
 * The final detector's weights went through a chain of trainings, each from the weights of the one before. The control
 * has as many, with the same settings; each gets the number of steps at which its FLOPs equal those of the corresponding
 * training of the strategy. FLOPs outside this chain (pseudo-labels, a teacher whose weights the student does not
 * inherit) are added to the last one. FLOPs are counted from the architecture, so that the plan, and with it the stage
 * keys, are the same on every machine.
 *
 * @returns `undefined` where the strategy trains no longer than one supervised schedule
 * @throws RethinkError `CONTROL_UNMATCHED` where a stage's compute cannot be known beforehand
 */
export function controlSchedules(input: ControlInput): ControlSchedules | undefined {
  const own = new Set(input.strategyKeys);
  const chain: TrainingStage[] = [];
  let key: string | undefined = input.detectorKey;
  while (key !== undefined && own.has(key)) {
    const stage = input.stages.get(key);
    if (stage?.kind !== 'train') break;
    chain.unshift(stage);
    key = stage.parameters.from === undefined ? undefined : stage.inputs[stage.parameters.from];
  }
  const onChain = new Set(chain.map((stage) => stage.key));
  const beside = input.strategyKeys
    .filter((each) => !onChain.has(each))
    .reduce((sum, each) => sum + flopsOf(input, input.stages.get(each)!), 0);
  const schedules = chain.map((stage, index) => {
    const { steps: _, ...settings } = settingsOf(stage.parameters);
    const perStep = trainWorkload(input.supervised({ ...settings, steps: 1 })).flopsPerUnit;
    const flops = flopsOf(input, stage) + (index === chain.length - 1 ? beside : 0);
    return { ...settings, steps: Math.max(1, Math.round(flops / perStep)) };
  });
  return isLonger(schedules, input) ? schedules : undefined;
}

/** A strategy that trains once, with no more compute than the benchmark's schedule, is compared with `supervised` itself. */
function isLonger(schedules: ControlSchedules, input: ControlInput): boolean {
  if (schedules.length !== 1) return schedules.length > 1;
  const total = ({ units, flopsPerUnit }: Workload) => units * flopsPerUnit;
  const flops = (change: ScheduleChange) => total(trainWorkload(input.supervised(change)));
  return flops(schedules[0]!) > 1.005 * flops({});
}

function settingsOf({ schedule, detector }: TrainParameters): Required<ScheduleChange> {
  const { steps, batch, learningRate, warmupSteps } = schedule;
  return { steps, batch, learningRate, warmupSteps, size: detector.size };
}

function flopsOf(input: ControlInput, stage: PlannedStage): number {
  const workload = workloadOf(stage, input);
  if (workload !== undefined) return workload.units * workload.flopsPerUnit;
  throw new RethinkError(
    'CONTROL_UNMATCHED',
    `The compute of the stage "${stage.label}" cannot be known beforehand, so no training can be matched to it.`,
    { hint: 'A strategy with a custom stage has no control.' },
  );
}

/** Plans the control through the contract, as a strategy does. */
export function planControl(
  { stages, init, augmentation, data }: StrategyContext,
  schedules: ControlSchedules,
): TrainedDetector {
  return schedules.reduce<TrainedDetector | undefined>(
    (from, schedule, index) =>
      stages.train({
        from: from ?? init,
        data: [data.labelled],
        augmentation,
        schedule,
        label: schedules.length === 1 ? 'train' : `train ${index + 1}`,
      }),
    undefined,
  )!;
}

/** Name of the control on the strategy axis: its steps, one schedule after the other. */
export function controlName(schedules: ControlSchedules): string {
  return `supervised-${schedules.map(({ steps }) => steps).join('+')}`;
}
